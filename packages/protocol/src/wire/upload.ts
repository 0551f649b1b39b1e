/** What follows a request as a stream, while the daemon's messages are read beside it. */
export interface Upload {
  /** What the source of the data threw; it is told after the daemon has had its say. */
  readonly sourceError: { readonly error: unknown } | undefined;
  /** The daemon asks for at most so many bytes. */
  answer(wanted: number): Promise<void>;
  /** Ends it, early if need be, so that the daemon takes nothing that follows for data. */
  finish(): Promise<void>;
}
