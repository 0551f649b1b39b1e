import type { BuildResult } from '@dispatch/nix/build-result';
import type { BasicDerivation } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import { type BuildMode, buildModeNumber } from '../build-mode.ts';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readBuildResult } from '../wire/build-result.ts';
import { writeDerivation } from '../wire/derivation.ts';

export interface BuildDerivationRequest {
  /** Names the derivation; the file itself need not be in the store of a daemon that trusts us. */
  readonly drvPath: StorePath;
  /** All of its `inputSrcs` must be valid. */
  readonly derivation: BasicDerivation;
  readonly mode: BuildMode;
}

/**
 * Builds one derivation whose inputs are there. A failed build is a result; an error means that the
 * daemon refused even to try, or was lost.
 */
export function buildDerivation(
  connection: DaemonConnection,
  { drvPath, derivation, mode }: BuildDerivationRequest,
  options?: CallOptions,
): Promise<BuildResult> {
  return connection.call(
    {
      operation: 'BuildDerivation',
      request: (out) => {
        out.text(drvPath);
        writeDerivation(out, derivation);
        out.integer(buildModeNumber(mode));
      },
      reply: (input) => readBuildResult(input, connection),
    },
    options,
  );
}
