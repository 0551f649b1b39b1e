import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { narsFromPaths } from '@dispatch/protocol/operations/nar-from-path';
import type { ReceivedNar } from '@dispatch/protocol/received-nar';
import type { Explain } from './connection-pool.ts';
import { verifiedNar, verifyNar } from './verified-nar.ts';

/** Where NARs come from, while its connection is lent. */
export interface NarSource {
  readonly connection: DaemonConnection;
  /** As messages name it. */
  readonly name: string;
  readonly explain: Explain;
}

/** A path with its NAR: whole, or as it comes, to be read to its end before more are asked for. */
export interface SuppliedNar {
  readonly info: ValidPathInfo;
  readonly nar: Uint8Array | AsyncIterable<Uint8Array>;
}

/**
 * Verified NARs out of one store, in the order of the list: asked for ahead, given out together as far
 * as they have come, and read no faster than they are taken, so that neither many small ones nor a
 * large one are ever held here.
 */
export async function* supplyNars(
  source: NarSource,
  infos: readonly ValidPathInfo[],
  signal: AbortSignal,
): AsyncGenerator<readonly SuppliedNar[]> {
  let at = 0;
  for await (const nars of narsFromPaths(source.connection, infos, { signal })) {
    const from = at;
    at += nars.length;
    yield nars.map((nar, index) => supplied(infos[from + index] as ValidPathInfo, nar, source));
  }
}

function supplied(info: ValidPathInfo, nar: ReceivedNar, source: NarSource): SuppliedNar {
  if (!(nar instanceof Uint8Array)) {
    return { info, nar: verifiedNar(info, explained(nar, source), source.name) };
  }
  verifyNar(info, nar, source.name);
  return { info, nar };
}

async function* explained(
  nar: AsyncIterable<Uint8Array>,
  { explain }: NarSource,
): AsyncGenerator<Uint8Array> {
  try {
    yield* nar;
  } catch (error) {
    throw await explain(error);
  }
}
