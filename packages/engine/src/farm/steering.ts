import type { BuilderName, SchedulerEvent } from '@dispatch/scheduler/event';

/**
 * What somebody wants of a builder until they want something else: `drain`, that it finishes what it
 * has and gets nothing more; `skip`, that what it has goes elsewhere, too, and that nothing is asked
 * of it; `resume`, that it is used again, and what it did before is forgiven.
 */
export type Steering = 'drain' | 'skip' | 'resume';

/** How somebody took a builder out of use. */
export type Withdrawal = Exclude<Steering, 'resume'>;

/** The event that tells the scheduler of it. */
export function steeringEvent(builder: BuilderName, steering: Steering): SchedulerEvent {
  return { type: eventTypes[steering], builder };
}

const eventTypes = {
  drain: 'builder-draining',
  skip: 'builder-skipped',
  resume: 'builder-resumed',
} as const;
