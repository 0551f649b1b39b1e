import type { EventSink, RunEvent } from '../events.ts';

/** The listeners of one step or group: the runs that want it. Each hears the events in order. */
export class Audience {
  /** Events that a late listener hears once it has heard the earlier ones; undefined for the others. */
  readonly #waiting = new Map<EventSink, RunEvent[] | undefined>();

  join(listener: EventSink): void {
    this.#waiting.set(listener, undefined);
  }

  /** The listener is told nothing more. */
  leave(listener: EventSink): void {
    this.#waiting.delete(listener);
  }

  tell(event: RunEvent): void {
    for (const [listener, waiting] of this.#waiting) {
      if (waiting === undefined) listener(event);
      else waiting.push(event);
    }
  }

  /** Adds a listener that comes late: it hears `earlier` first, and then what happened meanwhile. */
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
