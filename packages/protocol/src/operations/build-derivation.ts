import type { BuildResult } from '@dispatch/nix/build-result';
import type { BasicDerivation } from '@dispatch/nix/derivation';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import { type BuildMode, buildModeNumber } from '../build-mode.ts';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import type { Exchange } from '../exchange.ts';
import { readBuildResult } from '../wire/build-result.ts';
import { writeDerivation } from '../wire/derivation.ts';
import { pathInfoExchange } from './query-path-info.ts';

export interface BuildDerivationRequest {
  /** Names the derivation; the file itself need not be in the store of a daemon that trusts us. */
  readonly drvPath: StorePath;
  /** All of its `inputSrcs` must be valid. */
  readonly derivation: BasicDerivation;
  readonly mode: BuildMode;
}

/** What came of a build, and what it left in the store. */
export interface BuiltDerivation {
  readonly result: BuildResult;
  /** One for each path that was asked about, in order; undefined for one that is not there. */
  readonly infos: readonly (ValidPathInfo | undefined)[];
}

/**
 * Builds one derivation whose inputs are valid. A failed build is a result; an error means that the
 * daemon refused even to try, or was lost.
 */
export function buildDerivation(
  connection: DaemonConnection,
  request: BuildDerivationRequest,
  options?: CallOptions,
): Promise<BuildResult> {
  return connection.call(buildExchange(connection, request), options);
}

/**
 * Builds as `buildDerivation` does, and asks right behind that request for the infos of some paths
 * as they are after the build, which saves a round trip.
 */
export async function buildAndDescribe(
  connection: DaemonConnection,
  request: BuildDerivationRequest,
  paths: readonly StorePath[],
  options?: CallOptions,
): Promise<BuiltDerivation> {
  type Replies = [BuildResult, ...(ValidPathInfo | undefined)[]];
  const [result, ...infos] = await connection.callMany<Replies>(
    [buildExchange(connection, request), ...paths.map(pathInfoExchange)],
    options,
  );
  return { result, infos };
}

function buildExchange(
  connection: DaemonConnection,
  { drvPath, derivation, mode }: BuildDerivationRequest,
): Exchange<BuildResult> {
  return {
    operation: 'BuildDerivation',
    request: (out) => {
      out.text(drvPath);
      writeDerivation(out, derivation);
      out.integer(buildModeNumber(mode));
    },
    reply: (input) => readBuildResult(input, connection),
  };
}
