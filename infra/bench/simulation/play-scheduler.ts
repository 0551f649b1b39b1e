import type { BuilderOffer, StepRequest } from '@dispatch/scheduler/event';
import type { RecordedScheduler } from '@dispatch/scheduler/history';
import { type Played, playRun } from './play-run.ts';
import type { Job } from './work.ts';

/** Simulates all jobs with dispatch's own scheduler, given what is remembered of them. */
export function playScheduler(
  jobs: readonly Job[],
  offers: readonly BuilderOffer[],
): Played & { readonly scheduler: RecordedScheduler } {
  return playRun({ jobs, offers, steps: jobs.map(requestOf) });
}

function requestOf({ id, dependencies, rememberedMs }: Job): StepRequest {
  return {
    id,
    system: 'x86_64-linux',
    requiredFeatures: [],
    dependencies,
    weight: rememberedMs,
  };
}
