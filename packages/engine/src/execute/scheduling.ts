import type { Command } from '@dispatch/scheduler/command';
import type { SchedulerEvent, StepId } from '@dispatch/scheduler/event';
import { type HeldUp, heldUp } from '@dispatch/scheduler/held-up';
import type { Patience } from '@dispatch/scheduler/patience';
import { initialState, type SchedulerState } from '@dispatch/scheduler/state';
import { step as decide } from '@dispatch/scheduler/step';
import { type WhyHere, whyHere } from '@dispatch/scheduler/why-here';

/** Who carries out what the scheduler wants. */
export interface Hands {
  readonly carryOut: (command: Command) => void;
  /** The scheduler rejected the event, which changed nothing. */
  readonly refuse: (event: SchedulerEvent, error: unknown) => void;
  /** All events that were told have been decided. */
  readonly onDecided: () => void;
}

/** The state of one scheduler: events go in one after the other, and commands come out. */
export class Scheduling {
  readonly #hands: Hands;
  readonly #events: SchedulerEvent[] = [];
  #state: SchedulerState;
  #isDeciding = false;

  constructor(patience: Patience, hands: Hands) {
    this.#state = initialState(patience);
    this.#hands = hands;
  }

  /** An event that comes while commands are carried out is decided after them. */
  tell(event: SchedulerEvent): void {
    this.#events.push(event);
    if (this.#isDeciding) return;
    this.#isDeciding = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const command of this.#decide(next)) this.#hands.carryOut(command);
      }
    } finally {
      this.#isDeciding = false;
    }
    this.#hands.onDecided();
  }

  /** Where a step is and why, with so many other builders at most; undefined when no run wants the step. */
  whyHere(step: StepId, mostOthers?: number): WhyHere | undefined {
    return whyHere(this.#state, step, mostOthers);
  }

  /** The steps that wait for builders that somebody took out of use; each entry names one of its steps. */
  heldUp(): readonly HeldUp[] {
    return heldUp(this.#state, 1);
  }

  #decide(event: SchedulerEvent): readonly Command[] {
    try {
      const { state, commands } = decide(this.#state, event);
      this.#state = state;
      return commands;
    } catch (error) {
      this.#hands.refuse(event, error);
      return [];
    }
  }
}
