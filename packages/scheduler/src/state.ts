import { SchedulerError } from './errors.ts';
import type { Farm } from './farm.ts';
import { type Patience, usualPatience } from './patience.ts';

/**
 * Everything the scheduler knows, owned by one holder at a time.
 *
 * `step` consumes the state that it is given and returns its successor: copying 150,000 steps for
 * each event would cost more than everything else, and persistent maps several times as much. A
 * consumed state is empty, and using it again throws `state-consumed`, so nobody can observe it
 * changing. To go back in history, replay the events from `initialState`: the same events give the
 * same commands.
 */
export class SchedulerState {
  #farm: Farm | undefined;

  constructor(farm: Farm) {
    this.#farm = farm;
  }

  /** Takes out the contents; only for `step`. Throws `state-consumed`. */
  consume(): Farm {
    const farm = this.look();
    this.#farm = undefined;
    return farm;
  }

  /** Returns the contents for questions that change nothing. Throws `state-consumed`. */
  look(): Farm {
    if (this.#farm !== undefined) return this.#farm;
    throw new SchedulerError(
      'state-consumed',
      'state',
      'this scheduler state was given to step already; go on with the state that it returned',
    );
  }

  /** Puts the contents back after a refused event; only for `step`. */
  restore(farm: Farm): void {
    this.#farm = farm;
  }
}

/** A scheduler without builders and runs. */
export function initialState(patience: Partial<Patience> = {}): SchedulerState {
  return new SchedulerState({
    ...usualPatience,
    ...patience,
    hub: { type: 'up' },
    runs: new Map(),
    steps: new Map(),
    builders: new Map(),
    attempts: new Map(),
    demands: new Map(),
    groups: new Map(),
    groupLines: new Map(),
    keeping: undefined,
    unsettledGroups: new Map(),
    roomVersion: 0,
    builderVersion: 0,
    weights: { sum: 0, count: 0 },
    lastAttempt: 0,
    lastOrder: 0,
    lastWatch: 0,
    watches: new Map(),
    completions: 0,
    unsettledRuns: new Set(),
    commands: [],
  });
}
