import type { Command } from './command.ts';
import type { SchedulerEvent } from './event.ts';
import type { Patience } from './patience.ts';
import { initialState, type SchedulerState } from './state.ts';
import { step } from './step.ts';

/**
 * All that a scheduler was told since its beginning: enough to go through its life again. It is plain
 * data, and survives JSON.
 */
export interface History {
  readonly patience: Partial<Patience>;
  readonly events: readonly SchedulerEvent[];
}

/** A scheduler that remembers what it was told; for when one wants to know later how it came to it. */
export class RecordedScheduler implements History {
  readonly patience: Partial<Patience>;
  readonly events: SchedulerEvent[] = [];
  #state: SchedulerState;

  constructor(patience: Partial<Patience> = {}) {
    this.patience = patience;
    this.#state = initialState(patience);
  }

  /** The state after all events; giving it to `step` ends this recording. */
  get state(): SchedulerState {
    return this.#state;
  }

  /** As `step`. An event that is refused is not remembered. */
  feed(event: SchedulerEvent): readonly Command[] {
    const { state, commands } = step(this.#state, event);
    this.#state = state;
    this.events.push(event);
    return commands;
  }
}

/** Goes through a history again: the commands that each of its events leads to. */
export function* replay({ patience, events }: History): Generator<readonly Command[]> {
  let state = initialState(patience);
  for (const event of events) {
    const transition = step(state, event);
    state = transition.state;
    yield transition.commands;
  }
}
