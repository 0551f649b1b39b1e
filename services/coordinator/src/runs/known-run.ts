import type { RunEvent } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunEnd, RunStatus } from '../messages/answer.ts';
import type { BuildOrder } from '../messages/build-order.ts';
import { BuildingSteps } from './building-steps.ts';
import { Placements } from './placements.ts';
import { RunHistory } from './run-history.ts';

/** A listener to a run. */
export interface Watcher {
  event(seq: number, event: RunEvent): void;
  ended(end: RunEnd): void;
}

/** A run as it was requested. */
export interface RunOpening {
  readonly id: string;
  readonly order: BuildOrder;
  readonly detached: boolean;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

/** A run from its request until it is forgotten: its state, its history, and its watchers. */
export class KnownRun {
  readonly opening: RunOpening;
  readonly #stop = new AbortController();
  readonly #history = new RunHistory();
  readonly #watchers = new Set<Watcher>();
  /** Where its steps went, and why there. */
  readonly placements: Placements = new Placements();
  readonly #building = new BuildingSteps();
  #steps: number | undefined;
  /** The steps that have ended. A set, since a step that is lost with a machine may end twice. */
  readonly #settled = new Set<StorePath>();
  #end: RunEnd | undefined;

  constructor(opening: RunOpening) {
    this.opening = opening;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** The number of its steps, 0 before that is known. */
  get steps(): number {
    return this.#steps ?? 0;
  }

  get status(): RunStatus {
    const { id, order, detached, startedAt } = this.opening;
    return {
      run: id,
      state: stateOf(this.#end, this.signal),
      startedAt,
      detached,
      priority: order.priority ?? 0,
      roots: order.roots,
      steps: this.#steps ?? null,
      settled: Math.min(this.#settled.size, this.#steps ?? Infinity),
      building: this.#building.all,
    };
  }

  /** Stops the run if it is under way; its end follows. */
  cancel(): void {
    if (!this.isOver) this.#stop.abort();
  }

  /** Tells the watcher the kept events after `since`, then new ones, and at last the end. */
  watch(watcher: Watcher, since: number): void {
    for (const { seq, event } of this.#history.since(since)) watcher.event(seq, event);
    if (this.#end === undefined) this.#watchers.add(watcher);
    else watcher.ended(this.#end);
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Removes all watchers, who then hear nothing more. */
  mute(): void {
    this.#watchers.clear();
  }

  /**
   * Records an event and tells the watchers, except `step-placed`, which only answers questions.
   */
  tell(event: RunEvent): void {
    this.placements.note(event);
    if (event.type === 'step-placed') return;
    this.#note(event);
    const { seq } = this.#history.add(event);
    for (const watcher of this.#watchers) watcher.event(seq, event);
  }

  end(end: RunEnd): void {
    this.#end = end;
    this.#building.clear();
    this.placements.end();
    for (const watcher of this.#watchers) watcher.ended(end);
    this.#watchers.clear();
  }

  #note(event: RunEvent): void {
    this.#building.note(event);
    if (event.type === 'planned') this.#steps = event.steps.length;
    if (event.type === 'step-ended') this.#settled.add(event.step);
  }
}

/** The run's state. One that was stopped before it could report is cancelled, not failed. */
function stateOf(end: RunEnd | undefined, stop: AbortSignal): RunStatus['state'] {
  if (end === undefined) return 'running';
  if (end.type === 'report') return end.report.outcome;
  return stop.aborted ? 'cancelled' : 'failed';
}
