import type { EventSink, RunEvent } from '../events.ts';

/** Those who hear of one step: the runs that want it, each in the order in which things happened. */
export class Audience {
  /** What a listener has still to be told, while it is being told what was before it came. */
  readonly #waiting = new Map<EventSink, RunEvent[] | undefined>();

  join(listener: EventSink): void {
    this.#waiting.set(listener, undefined);
  }

  /** Nothing that happens from now on is told to it. */
  leave(listener: EventSink): void {
    this.#waiting.delete(listener);
  }

  tell(event: RunEvent): void {
    for (const [listener, waiting] of this.#waiting) {
      if (waiting === undefined) listener(event);
      else waiting.push(event);
    }
  }

  /** For one that comes late: it hears what was before, and only then what happens meanwhile. */
  async joinLate(
    listener: EventSink,
    earlier: AsyncIterable<RunEvent>,
    signal: AbortSignal,
  ): Promise<void> {
    const meanwhile: RunEvent[] = [];
    this.#waiting.set(listener, meanwhile);
    for await (const event of earlier) {
      if (signal.aborted) return this.leave(listener);
      listener(event);
    }
    for (const event of meanwhile) listener(event);
    if (this.#waiting.get(listener) === meanwhile) this.join(listener);
  }
}
