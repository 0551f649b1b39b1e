import type { ByteString } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readList, readName, readPath } from '../wire/decoder.ts';
import type { WireInput } from '../wire/wire-input.ts';

export interface GarbageCollectorRoot {
  /** The symlink, or something like `{temp:1234}`; `{censored}` for clients that are not trusted. */
  readonly link: ByteString;
  readonly target: StorePath;
}

/** Everything that keeps paths from being collected. */
export function findRoots(
  connection: DaemonConnection,
  options?: CallOptions,
): Promise<GarbageCollectorRoot[]> {
  return connection.call(
    { operation: 'FindRoots', request: () => undefined, reply: readRoots },
    options,
  );
}

function readRoots(input: WireInput): Decoder<GarbageCollectorRoot[]> {
  return readList(input, readRoot);
}

function* readRoot(input: WireInput): Decoder<GarbageCollectorRoot> {
  return { link: yield* readName(input), target: yield* readPath(input) };
}
