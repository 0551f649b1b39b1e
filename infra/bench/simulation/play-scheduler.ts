import type {
  AttemptId,
  BuilderOffer,
  SchedulerEvent,
  StepRequest,
} from '@dispatch/scheduler/event';
import { RecordedScheduler } from '@dispatch/scheduler/history';
import { SimulatedFarm } from './simulated-farm.ts';
import type { Job } from './work.ts';

/** What a run took. */
export interface Played {
  readonly makespanMs: number;
  readonly copiedBytes: number;
}

/** Has dispatch's own scheduler build all jobs, with what is remembered of them. */
export function playScheduler(
  jobs: readonly Job[],
  offers: readonly BuilderOffer[],
): Played & { readonly scheduler: RecordedScheduler } {
  const farm = new SimulatedFarm<AttemptId>(jobs, offers);
  const scheduler = new RecordedScheduler();
  const tell = (event: SchedulerEvent): void => {
    for (const command of scheduler.feed(event)) {
      if (command.type === 'start-attempt') {
        farm.start(command.attempt, command.step, command.builder);
      }
      if (command.type === 'watch-slots') {
        farm.wake(command.afterMs, () => tell({ type: 'watch-ended', watch: command.watch }));
      }
    }
  };
  for (const builder of offers) tell({ type: 'builder-added', builder });
  tell({ type: 'run-added', run: 'r', keepGoing: true, steps: jobs.map(requestOf) });
  for (let ended = farm.next(); ended !== undefined; ended = farm.next()) {
    const { outputBytes } = ended.job;
    tell({
      type: 'attempt-ended',
      attempt: ended.key,
      outcome: { type: 'succeeded', outputBytes },
    });
  }
  return { makespanMs: farm.nowMs, copiedBytes: farm.copiedBytes, scheduler };
}

function requestOf({ id, dependencies, rememberedMs }: Job): StepRequest {
  return {
    id,
    system: 'x86_64-linux',
    requiredFeatures: [],
    dependencies,
    weight: rememberedMs,
    presentAt: undefined,
  };
}
