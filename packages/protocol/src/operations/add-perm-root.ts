import { byteStringOfText } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readName } from '../wire/decoder.ts';
import type { WireInput } from '../wire/wire-input.ts';

export interface AddPermRootRequest {
  readonly path: StorePath;
  /** Absolute path, on the daemon's machine, of the symlink to make. */
  readonly link: string;
}

/** Has the daemon make a garbage collector root. For trusted clients, with Nix 2.20 or later. */
export async function addPermRoot(
  connection: DaemonConnection,
  { path, link }: AddPermRootRequest,
  options?: CallOptions,
): Promise<void> {
  connection.requireVersion('AddPermRoot', 37);
  return connection.call(
    {
      operation: 'AddPermRoot',
      request: (out) => {
        out.text(path);
        out.text(byteStringOfText(link));
      },
      reply: skipName,
    },
    options,
  );
}

/** The reply: the link again, as the daemon made it. */
function* skipName(input: WireInput): Decoder<void> {
  yield* readName(input);
}
