import type { ByteString } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readCounter, readInteger, readList, readName } from '../wire/decoder.ts';
import type { WireInput } from '../wire/wire-input.ts';

const actionNumbers = {
  'return-live': 0,
  'return-dead': 1,
  'delete-dead': 2,
  'delete-specific': 3,
} as const;

export interface CollectGarbageRequest {
  readonly action: keyof typeof actionNumbers;
  /** Which paths, for `delete-specific`; empty for the others. */
  readonly paths: readonly StorePath[];
  /** Bytes after which to stop deleting; undefined to go on to the end. */
  readonly maxFreed: number | undefined;
}

export interface CollectedGarbage {
  /** Live, dead or deleted paths; a leftover file in the store directory may be among them. */
  readonly paths: readonly ByteString[];
  readonly bytesFreed: number;
}

/** Lists live or dead paths, or deletes dead ones. What is alive is never deleted. */
export function collectGarbage(
  connection: DaemonConnection,
  { action, paths, maxFreed }: CollectGarbageRequest,
  options?: CallOptions,
): Promise<CollectedGarbage> {
  return connection.call(
    {
      operation: 'CollectGarbage',
      request: (out) => {
        out.integer(actionNumbers[action]);
        out.texts(paths);
        out.boolean(false); // ignoreLiveness, which every daemon refuses
        out.integer(maxFreed ?? Number.MAX_SAFE_INTEGER);
        for (let obsolete = 0; obsolete < 3; obsolete += 1) out.integer(0);
      },
      reply: readCollected,
    },
    options,
  );
}

function* readCollected(input: WireInput): Decoder<CollectedGarbage> {
  const paths = yield* readList(input, readName);
  const bytesFreed = yield* readCounter(input);
  yield* readInteger(input); // obsolete
  return { paths, bytesFreed };
}
