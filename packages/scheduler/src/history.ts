import type { Command } from './command.ts';
import type { SchedulerEvent } from './event.ts';
import type { Patience } from './patience.ts';
import { initialState, type SchedulerState } from './state.ts';
import { step } from './step.ts';

/**
 * All events that a scheduler was given since its beginning, which is enough to replay its life. It
 * is plain data that survives JSON.
 */
export interface History {
  readonly patience: Partial<Patience>;
  readonly events: readonly SchedulerEvent[];
}

/** A scheduler that records its events, so that its decisions can be examined later. */
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

  /** Like `step`. An event that is refused is not recorded. */
  feed(event: SchedulerEvent): readonly Command[] {
    const { state, commands } = step(this.#state, event);
    this.#state = state;
    this.events.push(event);
    return commands;
  }
}

/** Replays a history; yields the commands that each event leads to. */
export function* replay({ patience, events }: History): Generator<readonly Command[]> {
  let state = initialState(patience);
  for (const event of events) {
    const transition = step(state, event);
    state = transition.state;
    yield transition.commands;
  }
}
