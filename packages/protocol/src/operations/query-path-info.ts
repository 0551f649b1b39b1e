import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readBoolean } from '../wire/decoder.ts';
import { readPathInfo } from '../wire/path-info.ts';
import type { WireInput } from '../wire/wire-input.ts';

/** What the store knows of the path; undefined when it does not have it. */
export function queryPathInfo(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): Promise<ValidPathInfo | undefined> {
  return connection.call(
    {
      operation: 'QueryPathInfo',
      request: (out) => {
        out.text(path);
      },
      reply: (input) => readReply(input, path),
    },
    options,
  );
}

function* readReply(input: WireInput, path: StorePath): Decoder<ValidPathInfo | undefined> {
  const valid = yield* readBoolean(input);
  if (!valid) return undefined;
  return { path, ...(yield* readPathInfo(input)) };
}
