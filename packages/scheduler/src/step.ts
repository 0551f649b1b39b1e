import { drainBuilder, markDown, markUp, resumeBuilder, skipBuilder } from './builder-news.ts';
import { addBuilder, changeOffer, giveUpWaiting, removeBuilder } from './builders.ts';
import { hastenCalls } from './calls.ts';
import type { Command } from './command.ts';
import type { SchedulerEvent } from './event.ts';
import type { Farm } from './farm.ts';
import { commitGroup, failToCommit, markStarted } from './groups/end-member.ts';
import { endWait } from './groups/waits.ts';
import { markHubDown, markHubUp } from './hub.ts';
import { endAttempt, endRestoring, wakeStep } from './outcomes.ts';
import { endWatch } from './outlook.ts';
import { addRun, cancelRun } from './runs.ts';
import { settle } from './settle.ts';
import { fillSlots } from './slots.ts';
import { SchedulerState } from './state.ts';
import { loseStep } from './steps.ts';

export interface Transition {
  /** To be used from now on in place of the given state. */
  readonly state: SchedulerState;
  /** To be carried out in this order. */
  readonly commands: readonly Command[];
}

/**
 * Decides what follows from an event: which step runs where and when, and what is over.
 *
 * Consumes the state (see `SchedulerState`). Uses no clock, no random numbers and nothing of the
 * outside world: the same events, from `initialState` on, give the same commands. Throws
 * `SchedulerError` for an event that breaks what its description promises; the given state then
 * stays usable.
 */
export function step(state: SchedulerState, event: SchedulerEvent): Transition {
  const farm = state.consume();
  try {
    apply(farm, event);
  } catch (error) {
    // Events are checked before they change anything.
    state.restore(farm);
    throw error;
  }
  settle(farm);
  fillSlots(farm);
  hastenCalls(farm);
  giveUpWaiting(farm);
  settle(farm);
  const { commands } = farm;
  farm.commands = [];
  return { state: new SchedulerState(farm), commands };
}

function apply(farm: Farm, event: SchedulerEvent): void {
  switch (event.type) {
    case 'run-added':
      return addRun(farm, event);
    case 'run-cancelled':
      return cancelRun(farm, event.run);
    case 'builder-added':
      return addBuilder(farm, event.builder, event.fault);
    case 'builder-changed':
      return changeOffer(farm, event.builder);
    case 'builder-up':
      return markUp(farm, event.builder);
    case 'builder-draining':
      return drainBuilder(farm, event.builder);
    case 'builder-skipped':
      return skipBuilder(farm, event.builder);
    case 'builder-resumed':
      return resumeBuilder(farm, event.builder);
    case 'builder-down':
      return markDown(farm, event.builder, event.reason);
    case 'builder-removed':
      return removeBuilder(farm, event.builder, event.reason);
    case 'hub-down':
      return markHubDown(farm, event.reason);
    case 'hub-up':
      return markHubUp(farm);
    case 'step-lost':
      return loseStep(farm, event.step);
    case 'step-rested':
      return wakeStep(farm, event.step);
    case 'inputs-restored':
      return endRestoring(farm, event.step, event.fault);
    case 'watch-ended':
      return endWatch(farm, event.watch);
    case 'attempt-ended':
      return endAttempt(farm, event.attempt, event.outcome);
    case 'group-started':
      return markStarted(farm, event.group);
    case 'group-committed':
      return commitGroup(farm, event.group);
    case 'group-uncommitted':
      return failToCommit(farm, event.group, event.reason);
    case 'group-waited':
      return endWait(farm, event.group, event.watch);
  }
}
