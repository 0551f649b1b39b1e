import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { narsFromPaths } from '@dispatch/protocol/operations/nar-from-path';
import { verifiedNar } from './verified-nar.ts';

/** A path with its NAR, which must be read to its end before the next is asked for. */
export interface SuppliedNar {
  readonly info: ValidPathInfo;
  readonly nar: AsyncIterable<Uint8Array>;
}

/**
 * Verified NARs out of one store, in the order of the list: asked for ahead, and read no faster than
 * they are taken, so that neither many small ones nor a large one are ever held here.
 */
export async function* supplyNars(
  connection: DaemonConnection,
  infos: readonly ValidPathInfo[],
  source: string,
  signal: AbortSignal,
): AsyncGenerator<SuppliedNar> {
  const paths = infos.map((info) => info.path);
  let at = 0;
  for await (const nar of narsFromPaths(connection, paths, { signal })) {
    const info = infos[at] as ValidPathInfo;
    at += 1;
    yield { info, nar: verifiedNar(info, nar, source) };
  }
}
