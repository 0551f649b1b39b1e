import type { CopySummary } from '@dispatch/builders/copy-closure';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { codeOf, messageOf } from '@dispatch/builders/errors';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { EventSink, RunEvent } from '../events.ts';
import type { RunStores } from '../execute/run-stores.ts';
import type { WantedRoot } from '../plan/wanted-roots.ts';

/** Faults of one path, which say nothing of those that were to be copied with it. */
const faultsOfOnePath: ReadonlySet<string | undefined> = new Set(['copy-refused', 'missing-path']);

/**
 * Brings the outputs that were asked for to the hub as soon as they exist: one copy at a time from
 * each store, since a copy of many costs little more than a copy of one. What comes to exist
 * meanwhile goes with the next.
 */
export class Collector {
  readonly #stores: RunStores;
  readonly #roots: ReadonlyMap<StorePath, readonly WantedRoot[]>;
  readonly #emit: EventSink;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<DaemonStore, Set<StorePath>>();
  readonly #underWay = new Map<DaemonStore, Promise<void>>();
  readonly #failures: unknown[] = [];

  constructor(
    stores: RunStores,
    wanted: readonly WantedRoot[],
    emit: EventSink,
    signal: AbortSignal,
  ) {
    this.#stores = stores;
    this.#roots = byPath(wanted);
    this.#emit = emit;
    this.#signal = signal;
  }

  /** Every root that need not be built. */
  collectPresent(steps: readonly PlannedStep[]): void {
    const building = new Set(steps.map((step) => step.node.path));
    for (const path of this.#roots.keys()) if (!building.has(path)) this.#queue(path);
    this.#begin();
  }

  /** Takes notice of an event: a root that was built is collected at once. */
  observe(event: RunEvent): void {
    if (event.type !== 'step-ended' || event.result.type !== 'succeeded') return;
    this.#queue(event.step);
    this.#begin();
  }

  /**
   * Everything that was begun has arrived, or ended. Throws what went wrong first, but for a run that
   * was cancelled, before or by now: its copies are stopped, too.
   */
  async finish(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
    if (this.#failures.length > 0 && !this.#signal.aborted) throw this.#failures[0];
  }

  #queue(root: StorePath): void {
    const { hub, locations } = this.#stores;
    for (const wanted of this.#roots.get(root) ?? []) {
      for (const path of this.#stores.outputPaths(wanted)) {
        const from = locations.holdersOf(path)[0] ?? hub;
        const waiting = this.#waiting.get(from) ?? new Set();
        this.#waiting.set(from, waiting.add(path));
      }
    }
  }

  #begin(): void {
    for (const from of this.#waiting.keys()) {
      if (!this.#underWay.has(from)) this.#underWay.set(from, this.#collectFrom(from));
    }
  }

  async #collectFrom(from: DaemonStore): Promise<void> {
    for (let paths = this.#take(from); paths !== undefined; paths = this.#take(from)) {
      await this.#collect(paths, from).catch((error: unknown) => this.#failures.push(error));
    }
    this.#underWay.delete(from);
  }

  #take(from: DaemonStore): readonly StorePath[] | undefined {
    const paths = this.#waiting.get(from);
    this.#waiting.delete(from);
    return paths === undefined ? undefined : [...paths];
  }

  async #collect(paths: readonly StorePath[], from: DaemonStore): Promise<void> {
    try {
      const summary = await this.#stores.bring(paths, this.#stores.hub, {
        step: undefined,
        signal: this.#signal,
      });
      this.#tell(paths, from, summary);
    } catch (error) {
      if (paths.length === 1 || !faultsOfOnePath.has(codeOf(error)))
        throw this.#notCollected(paths, error);
      await this.#collectApart(paths, from);
    }
  }

  /** The others are brought home although one cannot be. */
  async #collectApart(paths: readonly StorePath[], from: DaemonStore): Promise<void> {
    for (const path of paths) {
      await this.#collect([path], from).catch((error: unknown) => this.#failures.push(error));
    }
  }

  #tell(paths: readonly StorePath[], { name }: DaemonStore, summary: CopySummary): void {
    const nothing: CopySummary = { paths: 0, bytes: 0 };
    for (const [index, path] of paths.entries()) {
      const sent = index === 0 ? summary : nothing;
      this.#emit({ type: 'output-collected', path, from: name, ...sent });
    }
  }

  #notCollected(paths: readonly StorePath[], cause: unknown): EngineError {
    const [first, ...others] = paths;
    const which = others.length === 0 ? `${first}` : `${first} and ${others.length} more`;
    const text = `${which} could not be brought to ${this.#stores.hub.name}: ${messageOf(cause)}`;
    const advice = 'run the same again: only what is missing is built or copied then';
    return new EngineError('not-collected', `${text}; ${advice}`, cause);
  }
}

/** One derivation may be asked for twice, for different outputs. */
function byPath(wanted: readonly WantedRoot[]): Map<StorePath, WantedRoot[]> {
  const roots = new Map<StorePath, WantedRoot[]>();
  for (const root of wanted) {
    const same = roots.get(root.path);
    if (same === undefined) roots.set(root.path, [root]);
    else same.push(root);
  }
  return roots;
}
