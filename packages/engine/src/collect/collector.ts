import type { CopySummary } from '@dispatch/builders/copy-closure';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { codeOf, storeFault } from '@dispatch/builders/errors';
import { unlessAborted } from '@dispatch/builders/waiting';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import type { EventSink, RunEvent } from '../events.ts';
import type { RunStores } from '../execute/run-stores.ts';
import type { WantedRoot } from '../plan/wanted-roots.ts';
import { type Amounts, CopyBatches } from './copy-batches.ts';
import type { HubWait } from './hub-wait.ts';

/** An output that exists, or did, but could not be brought to the hub. */
export interface UncollectedOutput {
  readonly path: StorePath;
  readonly reason: string;
}

/** What a collector works with. */
export interface CollectorOptions {
  readonly stores: RunStores;
  readonly wanted: readonly WantedRoot[];
  readonly hubWait: HubWait;
  /** Calls a store after a failure; resolves to whether it does not answer. */
  readonly isAway: (store: DaemonStore) => Promise<boolean>;
  readonly emit: EventSink;
  /** Called for each output that cannot be brought to the hub. */
  readonly onUncollected: () => void;
  readonly signal: AbortSignal;
}

/** Why an output is not in the hub: see `output-lost` and `output-uncollected`; `stopped` with the run. */
type Trouble = 'lost' | 'uncollected' | 'stopped';

/** How often a copy is tried in all when it breaks off although both ends can be reached. */
const maximumTries = 3;

/**
 * Brings the wanted outputs to the hub, each as soon as it exists. One that cannot be brought there
 * is told of at once and does not stop the others.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #roots: ReadonlyMap<StorePath, readonly WantedRoot[]>;
  readonly #copies: Promise<void>[] = [];
  readonly #batches: CopyBatches;
  readonly #collected = new Map<StorePath, WantedRoot>();
  readonly #uncollected: UncollectedOutput[] = [];
  #lost: WantedRoot[] = [];

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#roots = byPath(options.wanted);
    this.#batches = new CopyBatches((paths) => this.#copy(paths));
  }

  /** Begins to collect every root that need not be built. */
  collectPresent(steps: readonly PlannedStep[]): void {
    this.#beginUnbuilt(this.#options.wanted, steps);
  }

  /** Takes notice of an event: a root that was built is collected at once. */
  observe(event: RunEvent): void {
    if (event.type !== 'step-ended' || event.result.type !== 'succeeded') return;
    for (const root of this.#roots.get(event.step) ?? []) this.#begin(root);
  }

  /**
   * Resolves when every copy that was begun has arrived or failed. Returns the roots that were lost
   * since the last call, with their builder or from the hub; they have to be built again.
   */
  async finish(): Promise<readonly WantedRoot[]> {
    this.#batches.flush();
    await Promise.all(this.#copies.splice(0));
    const lost = new Set([...this.#lost, ...(await this.#vanished())]);
    this.#lost = [];
    return [...lost];
  }

  /** What did not arrive, and why. */
  get uncollected(): readonly UncollectedOutput[] {
    return this.#uncollected;
  }

  /** Begins to collect the lost roots that none of the steps builds, since they are there again. */
  collectAgain(lost: readonly WantedRoot[], steps: readonly PlannedStep[]): void {
    this.#beginUnbuilt(lost, steps);
  }

  /** Notes lost roots as uncollected: they are not built again. */
  giveUp(lost: readonly WantedRoot[]): void {
    const reason = 'the machines that built it were lost before it could be copied';
    for (const root of lost) {
      for (const path of this.#options.stores.outputPaths(root))
        this.#noteUncollected(path, reason);
    }
  }

  /** Begins with the roots that none of the steps builds. */
  #beginUnbuilt(roots: readonly WantedRoot[], steps: readonly PlannedStep[]): void {
    const building = new Set(steps.map((step) => step.node.path));
    for (const root of roots) if (!building.has(root.path)) this.#begin(root);
  }

  #begin(root: WantedRoot): void {
    this.#copies.push(this.#collect(root));
  }

  async #collect(root: WantedRoot): Promise<void> {
    const paths = this.#options.stores.outputPaths(root);
    const outcomes = await Promise.all(paths.map((path) => this.#collectOutput(path)));
    if (outcomes.includes('lost')) this.#lost.push(root);
    for (const [at, path] of paths.entries())
      if (outcomes[at] === 'collected') this.#collected.set(path, root);
  }

  /**
   * Roots with an output that came to the hub and is gone: nothing held it while the hub's daemon
   * was away.
   */
  async #vanished(): Promise<WantedRoot[]> {
    const { hub, locations } = this.#options.stores;
    const gone = await this.#goneFromHub();
    for (const [path] of gone) {
      this.#collected.delete(path);
      locations.disown(path, hub);
      this.#options.emit({
        type: 'output-lost',
        path,
        reason: `${hub.name} does not have it any more`,
      });
    }
    return gone.map(([, root]) => root);
  }

  async #goneFromHub(): Promise<[StorePath, WantedRoot][]> {
    const { stores, hubWait, signal } = this.#options;
    const roots = stores.rootsIn(stores.hub);
    for (let tried = 1; tried <= maximumTries; tried += 1) {
      const doubtful = [...this.#collected].filter(([path]) => !roots.isPresent(path));
      try {
        const valid = await roots.hold(
          doubtful.map(([path]) => path),
          signal,
        );
        return doubtful.filter(([path]) => !valid.has(path));
      } catch {
        if (signal.aborted || !(await hubWait.untilBack())) break;
      }
    }
    return [];
  }

  async #collectOutput(path: StorePath): Promise<'collected' | Trouble> {
    const { stores, emit } = this.#options;
    const from = stores.locations.holdersOf(path)[0] ?? stores.hub;
    const outcome = await this.#bring(path, from);
    if (typeof outcome === 'string') return outcome;
    const { paths, bytes } = outcome;
    emit({ type: 'output-collected', path, from: from.name, paths, bytes });
    return 'collected';
  }

  #copy(paths: readonly StorePath[]): Promise<CopySummary> {
    const { stores, signal } = this.#options;
    return stores.bring(paths, stores.hub, { step: undefined, signal });
  }

  async #bring(path: StorePath, from: DaemonStore): Promise<Amounts | Trouble> {
    const { signal, emit } = this.#options;
    for (let tried = 1; ; tried += 1) {
      try {
        return await (tried === 1 ? this.#batches.copy(path, from) : this.#copy([path]));
      } catch (error) {
        if (signal.aborted) return 'stopped';
        const reason = messageOf(error);
        if (await this.#isLost(path, error)) {
          emit({ type: 'output-lost', path, reason });
          return 'lost';
        }
        if (tried < maximumTries && (await this.#mayTryAgain(error))) continue;
        if (signal.aborted) return 'stopped';
        this.#noteUncollected(path, reason);
        return 'uncollected';
      }
    }
  }

  /** Whether no store that held the path has it any more, or answers. */
  async #isLost(path: StorePath, error: unknown): Promise<boolean> {
    const { stores, isAway, signal } = this.#options;
    const { hub, locations } = stores;
    const builders = locations.holdersOf(path).filter((store) => store !== hub);
    for (const store of builders) {
      const call = unlessAborted(isAway(store), signal, `calling ${store.name}`);
      if (await call.catch(() => false)) stores.loseBuilder(store);
    }
    if (codeOf(error) === 'missing-path') {
      const source = builders.find(({ name }) => name === storeFault(error)?.store);
      if (source === undefined) locations.lose(path);
      else locations.disown(path, source);
    }
    return locations.isLost(path);
  }

  /** Whether another try may succeed: after a broken link, or where another machine may have the path. */
  async #mayTryAgain(error: unknown): Promise<boolean> {
    const passing = ['connection-lost', 'unreachable', 'missing-path'];
    return passing.includes(codeOf(error) ?? '') && (await this.#options.hubWait.untilBack());
  }

  #noteUncollected(path: StorePath, reason: string): void {
    this.#uncollected.push({ path, reason });
    this.#options.emit({ type: 'output-uncollected', path, reason });
    this.#options.onUncollected();
  }
}

function byPath(wanted: readonly WantedRoot[]): ReadonlyMap<StorePath, readonly WantedRoot[]> {
  const roots = new Map<StorePath, WantedRoot[]>();
  for (const root of wanted) roots.set(root.path, [...(roots.get(root.path) ?? []), root]);
  return roots;
}
