import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import { BuildersError } from './errors.ts';
import type { Found } from './missing-paths.ts';

/**
 * Sorts the missing paths topologically, references first: a daemon accepts no path whose
 * references it lacks. Yields each path as soon as its references were yielded or are known to be
 * in the target. Throws `copy-refused` for a cycle of references, which no honest store has.
 */
export async function* referencesFirst(
  search: AsyncIterable<Found>,
): AsyncGenerator<readonly ValidPathInfo[]> {
  const order = new CopyOrder();
  for await (const found of search) yield order.add(found);
  order.mustBeWhole();
}

class CopyOrder {
  /** Paths that the target has, or that were already put before all paths still to come. */
  readonly #settled = new Set<StorePath>();
  readonly #referrers = new Map<StorePath, Waiting[]>();
  readonly #waiting = new Set<Waiting>();

  add({ missing, present }: Found): ValidPathInfo[] {
    const ready: ValidPathInfo[] = [];
    for (const path of present) this.#settle(path, ready);
    for (const info of missing) this.#place(info, ready);
    for (let at = 0; at < ready.length; at += 1) {
      this.#settle((ready[at] as ValidPathInfo).path, ready);
    }
    return ready;
  }

  mustBeWhole(): void {
    for (const { info } of this.#waiting) throw refersToItself(info);
  }

  #place(info: ValidPathInfo, ready: ValidPathInfo[]): void {
    const wanted = info.references.filter((path) => path !== info.path && !this.#settled.has(path));
    if (wanted.length === 0) {
      ready.push(info);
      return;
    }
    const waiting = { info, references: wanted.length };
    this.#waiting.add(waiting);
    for (const path of wanted) pushTo(this.#referrers, path, waiting);
  }

  #settle(path: StorePath, ready: ValidPathInfo[]): void {
    this.#settled.add(path);
    for (const waiting of this.#referrers.get(path) ?? []) {
      waiting.references -= 1;
      if (waiting.references > 0) continue;
      this.#waiting.delete(waiting);
      ready.push(waiting.info);
    }
    this.#referrers.delete(path);
  }
}

/** A path, and how many of its references are not settled yet. */
interface Waiting {
  readonly info: ValidPathInfo;
  references: number;
}

function pushTo(lists: Map<StorePath, Waiting[]>, key: StorePath, item: Waiting): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function refersToItself({ path }: ValidPathInfo): BuildersError {
  return new BuildersError('copy-refused', `'${path}' is in a cycle of references`, { path });
}

/**
 * Cuts an ordered list into batches of about `bytes`, to be sent one after the other: whoever waits
 * for an early path need not wait for all of them, and a failure loses only one batch.
 */
export function inBatches(ordered: readonly ValidPathInfo[], bytes: number): ValidPathInfo[][] {
  const batches: ValidPathInfo[][] = [];
  let room = 0;
  for (const info of ordered) {
    const last = batches.at(-1);
    if (last === undefined || info.narSize > room) {
      batches.push([info]);
      room = bytes - info.narSize;
    } else {
      last.push(info);
      room -= info.narSize;
    }
  }
  return batches;
}
