import type { RunEvent } from '@dispatch/engine/events';

/** An event with its number in its run, counted from 1. */
export interface NumberedEvent {
  readonly seq: number;
  readonly event: RunEvent;
}

/**
 * The events that those who watch later need to learn a run's state. They grow with the run's
 * steps, not with time: of things that change all the time only the last event is kept, and of
 * build logs nothing, since they are in files.
 */
export class RunHistory {
  readonly #kept = new Map<string, NumberedEvent>();
  #last = 0;

  add(event: RunEvent): NumberedEvent {
    this.#last += 1;
    const numbered = { seq: this.#last, event };
    this.#forget(event);
    const key = keyOf(event, this.#last);
    if (key === undefined) return numbered;
    this.#kept.delete(key);
    this.#kept.set(key, numbered);
    return numbered;
  }

  /** The kept events after number `seq`, in order. */
  *since(seq: number): Generator<NumberedEvent> {
    for (const numbered of this.#kept.values()) if (numbered.seq > seq) yield numbered;
  }

  #forget(event: RunEvent): void {
    if (event.type === 'copy-ended') this.#kept.delete(`copy ${event.copy}`);
    if (event.type === 'step-started') this.#kept.delete(`phase ${event.step}`);
    if (event.type === 'hub-back') this.#kept.delete('hub-away');
    if (event.type === 'held-up-over') this.#kept.delete('held-up');
    if (event.type === 'group-requeued') this.#kept.delete(`places ${event.group}`);
  }
}

/** Events that only matter at the moment, or only end something. */
const untold: ReadonlySet<RunEvent['type']> = new Set([
  'step-log',
  'copy-ended',
  'hub-back',
  'held-up-over',
]);

/** The key of an event, under which it replaces an earlier one; undefined: not kept. */
function keyOf(event: RunEvent, seq: number): string | undefined {
  const { type } = event;
  if (untold.has(type)) return undefined;
  if (type === 'copy-progress') return `copy ${event.copy}`;
  if (type === 'step-phase') return `phase ${event.step}`;
  if (type === 'group-call') return `call ${event.group} ${event.member}`;
  if (type === 'group-reserved') return `places ${event.group}`;
  const isStage = type === 'group-started' || type === 'group-stopping';
  if (isStage || type === 'group-committing' || type === 'group-requeued')
    return `stage ${event.group}`;
  if (type === 'hub-away' || type === 'held-up') return type;
  const isOfBuilder = type === 'builder-called' || type === 'builder-ready';
  if (isOfBuilder || type === 'builder-unusable') return `builder ${event.builder}`;
  return String(seq);
}
