import type { CopySummary } from '@dispatch/builders/copy-closure';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { type Deferred, deferred } from '@dispatch/builders/deferred';
import { Semaphore } from '@dispatch/builders/semaphore';
import type { StorePath } from '@dispatch/nix/store-path';

/** Copies paths to the hub, with all that they refer to. */
type Copy = (paths: readonly StorePath[]) => Promise<CopySummary>;

/** What a copy sent on behalf of one of its paths. */
export type Amounts = Pick<CopySummary, 'paths' | 'bytes'>;

/** The paths that wait to be copied from one store. */
interface Gathering {
  readonly lanes: Semaphore;
  waiting: Map<StorePath, Deferred<Amounts>>;
  timer: NodeJS.Timeout | undefined;
}

/** Milliseconds for which paths are gathered: too few to be noticed. */
const gatherMs = 100;

/** Copies from one store at a time, so that a large one does not hold up small ones. */
const lanesPerStore = 4;

/**
 * Copies paths of the same store together: each copy costs a dozen round trips, however many paths
 * it has.
 */
export class CopyBatches {
  readonly #copy: Copy;
  readonly #gatherings = new Map<DaemonStore, Gathering>();

  constructor(copy: Copy) {
    this.#copy = copy;
  }

  /** Copies a path together with others from the same store. Rejects with why it could not be copied. */
  copy(path: StorePath, from: DaemonStore): Promise<Amounts> {
    const gathering = this.#gatheringOf(from);
    const known = gathering.waiting.get(path);
    if (known !== undefined) return known.promise;
    const outcome = deferred<Amounts>();
    gathering.waiting.set(path, outcome);
    gathering.timer ??= setTimeout(() => void this.#send(gathering), gatherMs);
    return outcome.promise;
  }

  /** Copies what was gathered now, since nothing more is coming soon. */
  flush(): void {
    for (const gathering of this.#gatherings.values()) void this.#send(gathering);
  }

  #gatheringOf(store: DaemonStore): Gathering {
    const known = this.#gatherings.get(store);
    if (known !== undefined) return known;
    const lanes = new Semaphore(lanesPerStore);
    const gathering: Gathering = { lanes, waiting: new Map(), timer: undefined };
    this.#gatherings.set(store, gathering);
    return gathering;
  }

  async #send(gathering: Gathering): Promise<void> {
    const release = await gathering.lanes.acquire();
    clearTimeout(gathering.timer);
    gathering.timer = undefined;
    const batch = gathering.waiting;
    gathering.waiting = new Map();
    try {
      await this.#copyAll(batch);
    } finally {
      release();
    }
  }

  /** Copies a batch; if that fails, each of its paths alone, so that one does not fail the others. */
  async #copyAll(batch: ReadonlyMap<StorePath, Deferred<Amounts>>): Promise<void> {
    if (batch.size === 0) return;
    try {
      const amounts = shares(await this.#copy([...batch.keys()]), new Set(batch.keys()));
      for (const [path, outcome] of batch) outcome.resolve(amounts.get(path) ?? nothing);
    } catch (error) {
      if (batch.size === 1) for (const outcome of batch.values()) outcome.reject(error);
      else await Promise.all([...batch].map((one) => this.#copyAll(new Map([one]))));
    }
  }
}

const nothing: Amounts = { paths: 0, bytes: 0 };

/** Shares out what was sent: each wanted path gets itself and the unwanted paths sent just before it. */
function shares(
  { sent }: CopySummary,
  wanted: ReadonlySet<StorePath>,
): ReadonlyMap<StorePath, Amounts> {
  const amounts = new Map<StorePath, Amounts>();
  let share = nothing;
  for (const { path, narSize } of sent) {
    share = { paths: share.paths + 1, bytes: share.bytes + narSize };
    if (!wanted.has(path)) continue;
    amounts.set(path, share);
    share = nothing;
  }
  return amounts;
}
