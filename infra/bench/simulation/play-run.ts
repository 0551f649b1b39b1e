import type { Command } from '@dispatch/scheduler/command';
import type {
  AttemptId,
  BuilderOffer,
  GroupRequest,
  SchedulerEvent,
  StepRequest,
} from '@dispatch/scheduler/event';
import { RecordedScheduler } from '@dispatch/scheduler/history';
import { SimulatedFarm } from './simulated-farm.ts';
import type { Job } from './work.ts';

/** What is asked for, and the farm that builds it. */
export interface WholeRun {
  readonly jobs: readonly Job[];
  readonly offers: readonly BuilderOffer[];
  readonly steps: readonly StepRequest[];
  readonly groups?: readonly GroupRequest[];
}

/** What a run took. */
export interface Played {
  readonly makespanMs: number;
  readonly copiedBytes: number;
}

/**
 * Simulates a run with dispatch's own scheduler, in which nothing fails. Members of a group begin at the same
 * moment, and committing takes no time.
 */
export function playRun({
  jobs,
  offers,
  steps,
  groups,
}: WholeRun): Played & { readonly scheduler: RecordedScheduler } {
  const farm = new SimulatedFarm<AttemptId>(jobs, offers);
  const scheduler = new RecordedScheduler();
  const tell = (event: SchedulerEvent): void => {
    for (const command of scheduler.feed(event)) carryOut(command, farm, tell);
  };
  for (const builder of offers) tell({ type: 'builder-added', builder });
  tell({ type: 'run-added', run: 'r', keepGoing: true, steps, groups });
  for (let ended = farm.next(); ended !== undefined; ended = farm.next()) {
    const outcome = { type: 'succeeded', outputBytes: ended.job.outputBytes } as const;
    tell({ type: 'attempt-ended', attempt: ended.key, outcome });
  }
  return { makespanMs: farm.nowMs, copiedBytes: farm.copiedBytes, scheduler };
}

function carryOut(
  command: Command,
  farm: SimulatedFarm<AttemptId>,
  tell: (event: SchedulerEvent) => void,
): void {
  if (command.type === 'start-attempt') {
    farm.start(command.attempt, command.step, command.builder);
  }
  if (command.type === 'watch-slots') {
    farm.wake(command.afterMs, () => tell({ type: 'watch-ended', watch: command.watch }));
  }
  if (command.type === 'watch-group') {
    const { group, watch, afterMs } = command;
    farm.wake(afterMs, () => tell({ type: 'group-waited', group, watch }));
  }
  if (command.type === 'start-group') {
    for (const { attempt, step, builder } of command.attempts) farm.start(attempt, step, builder);
    tell({ type: 'group-started', group: command.group });
  }
  if (command.type === 'commit-group') tell({ type: 'group-committed', group: command.group });
}
