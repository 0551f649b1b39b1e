import type { CopySummary } from '@dispatch/builders/copy-closure';
import { messageOf } from '@dispatch/builders/errors';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { EventSink, RunEvent } from '../events.ts';
import type { RunStores } from '../execute/run-stores.ts';
import type { WantedRoot } from '../plan/wanted-roots.ts';

/** Brings the outputs that were asked for to the hub, each as soon as it exists. */
export class Collector {
  readonly #stores: RunStores;
  readonly #wanted: readonly WantedRoot[];
  readonly #emit: EventSink;
  readonly #signal: AbortSignal;
  readonly #copies: Promise<void>[] = [];

  constructor(
    stores: RunStores,
    wanted: readonly WantedRoot[],
    emit: EventSink,
    signal: AbortSignal,
  ) {
    this.#stores = stores;
    this.#wanted = wanted;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** Every root that need not be built. */
  collectPresent(steps: readonly PlannedStep[]): void {
    const building = new Set(steps.map((step) => step.node.path));
    for (const root of this.#wanted) if (!building.has(root.path)) this.#begin(root);
  }

  /** Takes notice of an event: a root that was built is collected at once. */
  observe(event: RunEvent): void {
    if (event.type !== 'step-ended' || event.result.type !== 'succeeded') return;
    for (const root of this.#wanted) if (root.path === event.step) this.#begin(root);
  }

  /**
   * Everything that was begun has arrived, or ended. Throws what went wrong first, but for a run that
   * was cancelled, before or by now: its copies are stopped, too.
   */
  async finish(): Promise<void> {
    await Promise.allSettled(this.#copies);
    if (!this.#signal.aborted) await Promise.all(this.#copies);
  }

  #begin(root: WantedRoot): void {
    const copy = this.#collect(root);
    // `finish` gives the error to whoever waits; until then it is not an unhandled one.
    copy.catch(() => {});
    this.#copies.push(copy);
  }

  async #collect(root: WantedRoot): Promise<void> {
    const { hub, locations } = this.#stores;
    const paths = this.#stores.outputPaths(root);
    for (const path of paths) {
      const from = locations.holdersOf(path)[0]?.name ?? hub.name;
      const summary = await this.#bring(path);
      this.#emit({ type: 'output-collected', path, from, ...summary });
    }
  }

  async #bring(path: StorePath): Promise<CopySummary> {
    const { hub } = this.#stores;
    try {
      return await this.#stores.bring([path], hub, { step: undefined, signal: this.#signal });
    } catch (cause) {
      const text = `${path} could not be brought to ${hub.name}: ${messageOf(cause)}`;
      const advice = 'run the same again: only what is missing is built or copied then';
      throw new EngineError('not-collected', `${text}; ${advice}`, cause);
    }
  }
}
