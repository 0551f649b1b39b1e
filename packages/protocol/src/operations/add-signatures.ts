import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readAcknowledgement } from '../wire/decoder.ts';

export interface AddSignaturesRequest {
  readonly path: StorePath;
  /** `keyname:base64`. The daemon does not verify them. */
  readonly signatures: readonly string[];
}

/** Adds signatures to what the store knows of a valid path. */
export function addSignatures(
  connection: DaemonConnection,
  { path, signatures }: AddSignaturesRequest,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    {
      operation: 'AddSignatures',
      request: (out) => {
        out.text(path);
        out.texts(signatures);
      },
      reply: readAcknowledgement,
    },
    options,
  );
}
