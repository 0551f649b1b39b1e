import type { DerivedPath } from '@dispatch/nix/derived-path';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { type Decoder, readCounter, readPaths } from '../wire/decoder.ts';
import { writeDerivedPaths } from '../wire/derived-path.ts';
import type { WireInput } from '../wire/wire-input.ts';

/** What it would take to make some paths valid. */
export interface Missing {
  readonly willBuild: readonly StorePath[];
  readonly willSubstitute: readonly StorePath[];
  /** Paths that are not there, and that the store knows no way to get. */
  readonly unknown: readonly StorePath[];
  /** Bytes to download for `willSubstitute`; `narSize` is their size once unpacked. */
  readonly downloadSize: number;
  readonly narSize: number;
}

/** What the store would have to build or fetch for these, without doing it. */
export function queryMissing(
  connection: DaemonConnection,
  targets: readonly DerivedPath[],
  options?: CallOptions,
): Promise<Missing> {
  return connection.call(
    {
      operation: 'QueryMissing',
      request: (out) => {
        writeDerivedPaths(out, targets, connection.version);
      },
      reply: readMissing,
    },
    options,
  );
}

function* readMissing(input: WireInput): Decoder<Missing> {
  return {
    willBuild: yield* readPaths(input),
    willSubstitute: yield* readPaths(input),
    unknown: yield* readPaths(input),
    downloadSize: yield* readCounter(input),
    narSize: yield* readCounter(input),
  };
}
