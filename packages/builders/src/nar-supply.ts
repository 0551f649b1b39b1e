import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { narsFromPaths } from '@dispatch/protocol/operations/nar-from-path';
import type { ReceivedNar } from '@dispatch/protocol/received-nar';
import type { Explain } from './connection-pool.ts';
import { verifiedNar, verifyNar } from './verified-nar.ts';

/** A connection to a source of NARs, for as long as it is lent. */
export interface NarSource {
  readonly connection: DaemonConnection;
  /** The source as messages name it. */
  readonly name: string;
  readonly explain: Explain;
}

/** A path with its NAR: whole, or a stream to be read to its end before the next is requested. */
export interface SuppliedNar {
  readonly info: ValidPathInfo;
  readonly nar: Uint8Array | AsyncIterable<Uint8Array>;
}

/**
 * Reads verified NARs from a store, in the order of `infos`. They are requested ahead, yielded in
 * lots of as many as have arrived, and read only as fast as they are taken, so that memory holds
 * neither many small ones nor a large one.
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
