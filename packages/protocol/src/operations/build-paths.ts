import type { DerivedPath } from '@dispatch/nix/derived-path';
import { type BuildMode, buildModeNumber } from '../build-mode.ts';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readAcknowledgement } from '../wire/decoder.ts';
import { writeDerivedPaths } from '../wire/derived-path.ts';

export interface BuildPathsRequest {
  readonly targets: readonly DerivedPath[];
  readonly mode: BuildMode;
}

/** Builds or substitutes all of these. One failure is a `daemon-error` without detail. */
export function buildPaths(
  connection: DaemonConnection,
  { targets, mode }: BuildPathsRequest,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    {
      operation: 'BuildPaths',
      request: (out) => {
        writeDerivedPaths(out, targets, connection.version);
        out.integer(buildModeNumber(mode));
      },
      reply: readAcknowledgement,
    },
    options,
  );
}
