import type { BuildResult } from '@dispatch/nix/build-result';
import { type DerivedPath, parseDerivedPath } from '@dispatch/nix/derived-path';
import { buildModeNumber } from '../build-mode.ts';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import type { Dialect } from '../features.ts';
import { readBuildResult } from '../wire/build-result.ts';
import { type Decoder, readList, readLongText } from '../wire/decoder.ts';
import { writeDerivedPaths } from '../wire/derived-path.ts';
import type { WireInput } from '../wire/wire-input.ts';
import type { BuildPathsRequest } from './build-paths.ts';

export interface KeyedBuildResult {
  readonly target: DerivedPath;
  readonly result: BuildResult;
}

/** Builds or substitutes all of these and says how each went. Needs protocol 1.34. */
export async function buildPathsWithResults(
  connection: DaemonConnection,
  { targets, mode }: BuildPathsRequest,
  options?: CallOptions,
): Promise<KeyedBuildResult[]> {
  const { version } = connection;
  connection.requireVersion('BuildPathsWithResults', 34);
  return connection.call(
    {
      operation: 'BuildPathsWithResults',
      request: (out) => {
        writeDerivedPaths(out, targets, version);
        out.integer(buildModeNumber(mode));
      },
      reply: (input) => readList(input, () => readKeyedResult(input, connection)),
    },
    options,
  );
}

function* readKeyedResult(input: WireInput, dialect: Dialect): Decoder<KeyedBuildResult> {
  const target = parseDerivedPath(yield* readLongText(input));
  return { target, result: yield* readBuildResult(input, dialect) };
}
