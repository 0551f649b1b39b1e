import type { RunEvent } from '@dispatch/engine/events';

/** An event with its number in its run, from 1 up. */
export interface NumberedEvent {
  readonly seq: number;
  readonly event: RunEvent;
}

/**
 * What happened in a run, for those who come late: as much as says how it stands, which grows with the
 * run's steps and not with time. Of what changes all the time only the last word is kept, and of what
 * builds print nothing: that is in files.
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

  /** The kept events behind one that is known, in order. */
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

/** Of use at the moment, or only as the end of something. */
const untold: ReadonlySet<RunEvent['type']> = new Set([
  'step-log',
  'copy-ended',
  'hub-back',
  'held-up-over',
]);

/** Later events of the same key replace earlier ones; undefined for what is not kept. */
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
