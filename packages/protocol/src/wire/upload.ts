/** A stream of data that follows a request, while the daemon's messages are read beside it. */
export interface Upload {
  /** What the source of the data threw; reported once the daemon has replied. */
  readonly sourceError: { readonly error: unknown } | undefined;
  /** Called when the daemon asks for at most `wanted` bytes. */
  answer(wanted: number): Promise<void>;
  /** Ends the stream, early if need be, so that the daemon takes nothing that follows for data. */
  finish(): Promise<void>;
}
