import { messageOf } from '@dispatch/nix/message-of';
import { pathInfoForCopy, type ValidPathInfo } from '@dispatch/nix/path-info';
import {
  addMultipleToStore,
  type PathWithNar,
} from '@dispatch/protocol/operations/add-multiple-to-store';
import type { CopyTally } from './copy-progress.ts';
import type { DaemonStore } from './daemon-store.ts';
import { BuildersError, codeOf, storeFault } from './errors.ts';
import { type SuppliedNar, supplyNars } from './nar-supply.ts';
import type { RunRoots } from './run-roots.ts';
import type { Semaphore } from './semaphore.ts';
import { trustAdvice } from './trust.ts';

/** The two ends of a copy, and what its batches share. */
export interface Sending {
  readonly from: DaemonStore;
  readonly to: RunRoots;
  /** Counts what is sent, where somebody wants to know. */
  readonly tally: CopyTally | undefined;
  /**
   * Held while asking the source: two questions at once would need two connections, and each costs
   * the source a process.
   */
  readonly sourceTurns: Semaphore;
}

/** Streams paths, given references first, between two stores over one connection to each. */
export async function sendBatch(
  sending: Sending,
  infos: readonly ValidPathInfo[],
  signal: AbortSignal,
): Promise<void> {
  const options = { signal };
  try {
    await sending.to.store.pool.withConnection((target) => {
      const items = itemsOf(supply(sending, infos, signal), sending);
      const request = { items, count: infos.length, repair: false, dontCheckSigs: true };
      return addMultipleToStore(target, request, options);
    }, options);
  } catch (error) {
    throw copyError(sending, error, signal);
  }
}

/**
 * Reads the NARs from the source, whose connection is free again as soon as all have arrived, while
 * the target is still at work.
 */
async function* supply(
  { from, sourceTurns }: Sending,
  infos: readonly ValidPathInfo[],
  signal: AbortSignal,
): AsyncGenerator<readonly SuppliedNar[]> {
  const release = await sourceTurns.acquire(1, signal);
  try {
    const { name } = from;
    yield* from.pool.iterate(
      (connection, explain) => supplyNars({ connection, name, explain }, infos, signal),
      { signal },
    );
  } finally {
    release();
  }
}

async function* itemsOf(
  supplied: AsyncIterable<readonly SuppliedNar[]>,
  { tally }: Sending,
): AsyncGenerator<readonly PathWithNar[]> {
  for await (const nars of supplied) {
    yield nars.map(({ info, nar }) => ({
      info: pathInfoForCopy(info),
      nar: nar instanceof Uint8Array ? nar : (tally?.counting(info, nar) ?? nar),
    }));
    for (const { info, nar } of nars) if (nar instanceof Uint8Array) tally?.count(info);
  }
}

function copyError({ from, to }: Sending, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new BuildersError('cancelled', 'the copy was cancelled', { cause: error });
  if (error instanceof BuildersError) return error;
  if (codeOf(error) !== 'daemon-error') return error;
  const between = `copying from ${from.name} to ${to.store.name}`;
  const text = `${between}: ${messageOf(error)}`;
  if (storeFault(error)?.store === from.name)
    return new BuildersError('daemon-refused', text, { builder: from.name, cause: error });
  if (/lacks a (valid )?signature|privileged|trusted-users/.test(messageOf(error))) {
    return notTrusted(to.store, text, error);
  }
  return new BuildersError('daemon-refused', text, { builder: to.store.name, cause: error });
}

function notTrusted(to: DaemonStore, text: string, cause: unknown): BuildersError {
  const advice = `${to.name} does not trust us: ${trustAdvice}`;
  return new BuildersError('not-trusted', `${text}; ${advice}`, { builder: to.name, cause });
}
