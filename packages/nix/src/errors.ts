/**
 * Everything that `@dispatch/nix` throws: text or bytes that are not what they claim to be.
 *
 * Recognise it by `code`, which is stable, rather than by `instanceof`, which fails when a
 * workspace holds two copies of the package.
 */
export class NixFormatError extends Error {
  override readonly name = 'NixFormatError';
  readonly code: NixFormatErrorCode;
  /** Offset in bytes from the start of the text in which the fault was found. */
  readonly position: number | undefined;

  constructor(code: NixFormatErrorCode, message: string, options: NixFormatErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.position = options.position;
  }
}

export type NixFormatErrorCode =
  | 'bad-aterm'
  | 'bad-base32'
  | 'bad-base64'
  | 'bad-content-address'
  | 'bad-derived-path'
  | 'bad-hash'
  | 'bad-json'
  | 'bad-nar'
  | 'bad-path-info'
  | 'bad-signature'
  | 'bad-store-path'
  | 'unsupported-output-hash';

export interface NixFormatErrorOptions {
  readonly position?: number;
  readonly cause?: unknown;
}
