import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import { inBatches, referencesFirst } from './copy-order.ts';
import { type CopyProgress, CopyTally } from './copy-progress.ts';
import type { DaemonStore } from './daemon-store.ts';
import { Delivery } from './deliveries.ts';
import { codeOf, throwIfCancelled } from './errors.ts';
import { findMissing, type MaySubstitute, type Vouch } from './missing-paths.ts';
import { readAhead } from './read-ahead.ts';
import type { RunRoots } from './run-roots.ts';
import { Semaphore } from './semaphore.ts';
import { type Sending, sendBatch } from './send-batch.ts';

export interface CopyRequest {
  readonly from: DaemonStore;
  /** The run's roots in the target store: what arrives is not collected until the run ends. */
  readonly to: RunRoots;
  /** Copied with their closure, except for what the target has. */
  readonly paths: readonly StorePath[];
  /** The paths that the target is asked to substitute before they are copied; none by default. */
  readonly maySubstitute?: MaySubstitute | undefined;
  /** Checks what the source claims of the paths. Without it the source is believed. */
  readonly vouch?: Vouch | undefined;
  /** Called for the paths that this copy sends itself, not for those that others send. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What this copy sent itself, without what other copies sent meanwhile. */
export interface CopySummary {
  readonly paths: number;
  /** The sizes of their NARs. */
  readonly bytes: number;
  /** In topological order: references first. */
  readonly sent: readonly ValidPathInfo[];
}

/** A copy that is under way. */
type Copy = CopyRequest & Sending;

const batchBytes = 64 * 1024 * 1024;

/**
 * Makes paths and their closures valid in a store by streaming what it lacks from another store.
 * Nothing is written to disk here, and at most a few megabytes are held in memory, however large a
 * path is. Each path is sent to a store once, however many callers want it at the same time.
 *
 * Hash and size of every NAR are verified on the way, and a wrong one is never registered. After a
 * failure or an abort some paths may have arrived, each complete and with all its references.
 *
 * Throws `missing-path`, `copy-refused`, `not-trusted`, `daemon-refused`, `unreachable`,
 * `connection-lost` or `cancelled`.
 */
export async function copyClosure(request: CopyRequest): Promise<CopySummary> {
  const { to, onProgress } = request;
  const tally = onProgress === undefined ? undefined : new CopyTally(onProgress);
  const copy = { ...request, tally, sourceTurns: new Semaphore(1) };
  const search = (signal: AbortSignal) => referencesFirst(findMissing({ ...copy, signal }));
  const watch = to.store.deliveries.watch();
  const sent: (readonly ValidPathInfo[])[] = [];
  try {
    for await (const infos of readAhead(search, request.signal)) {
      sent.push(await bring(infos, watch.arrived, copy));
      to.markPresent(infos.map((info) => info.path));
    }
  } finally {
    watch.end();
  }
  return summaryOf(sent.flat());
}

function summaryOf(sent: readonly ValidPathInfo[]): CopySummary {
  return { paths: sent.length, bytes: sent.reduce((sum, info) => sum + info.narSize, 0), sent };
}

/** Waits for missing paths that other copies send, then sends the rest. Returns what it sent. */
async function bring(
  missing: readonly ValidPathInfo[],
  arrived: ReadonlySet<StorePath>,
  request: Copy,
): Promise<readonly ValidPathInfo[]> {
  const { deliveries, name } = request.to.store;
  for (;;) {
    throwIfCancelled(request.signal, `copying to ${name}`);
    const remaining = missing.filter((info) => !arrived.has(info.path));
    const others = deliveries.of(remaining.map((info) => info.path));
    if (others.size === 0) {
      await sendAll(remaining, request);
      return remaining;
    }
    await Promise.all([...others].map((delivery) => waitFor(delivery, request)));
  }
}

/**
 * Waits for another copy's delivery. Throws why it failed where it sends from our own source; after
 * any other failure its paths are left for us to send.
 */
async function waitFor(delivery: Delivery, request: CopyRequest): Promise<void> {
  try {
    await delivery.wait(request.signal);
  } catch (error) {
    throwIfCancelled(request.signal, `copying to ${request.to.store.name}`);
    const senderGaveUp = codeOf(error) === 'cancelled';
    if (!senderGaveUp && delivery.source === request.from.name) throw error;
  }
}

/** Announces all paths, then sends them in batches, each when the one before has arrived. */
async function sendAll(infos: readonly ValidPathInfo[], request: Copy): Promise<void> {
  const { from, to, tally, sourceTurns } = request;
  tally?.expect(infos);
  const batches = inBatches(infos, batchBytes).map((batch) => {
    const paths = batch.map((info) => info.path);
    return { batch, delivery: new Delivery(from.name, paths) };
  });
  for (const { delivery } of batches) to.store.deliveries.announce(delivery);
  try {
    for (const { batch, delivery } of batches) {
      throwIfCancelled(request.signal, `copying to ${to.store.name}`);
      delivery.start((signal) => sendBatch({ from, to, tally, sourceTurns }, batch, signal));
      await delivery.wait(request.signal);
    }
  } finally {
    for (const { delivery } of batches) {
      delivery.withdraw();
      delivery.leave();
    }
  }
}
