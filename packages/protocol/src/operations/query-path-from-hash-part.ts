import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readOptionalPath } from '../wire/decoder.ts';

/** The valid path with these 32 characters of hash, if there is one. */
export function queryPathFromHashPart(
  connection: DaemonConnection,
  hashPart: string,
  options?: CallOptions,
): Promise<StorePath | undefined> {
  return connection.call(
    {
      operation: 'QueryPathFromHashPart',
      request: (out) => {
        out.text(hashPart);
      },
      reply: readOptionalPath,
    },
    options,
  );
}
