import type { EventSink, RunEvent } from '../events.ts';

/**
 * Whoever listens to a run, who may throw: the run is stopped then, and fails with what was thrown. All
 * others who have to do with the same steps and machines notice nothing of it.
 */
export class RunListener {
  /** Aborted when the caller's is, or when somebody who listens threw. */
  readonly signal: AbortSignal;
  readonly #onEvent: EventSink;
  readonly #failed = new AbortController();
  #isOver = false;

  constructor(onEvent: EventSink, signal: AbortSignal) {
    this.#onEvent = onEvent;
    this.signal = AbortSignal.any([signal, this.#failed.signal]);
  }

  /** Tells an event; never throws. */
  readonly tell: EventSink = (event) => this.#pass(event, this.#onEvent);

  /** The same, told to these before anybody else. */
  after(...observers: readonly EventSink[]): EventSink {
    return (event) => {
      for (const observe of observers) this.#pass(event, observe);
      this.tell(event);
    };
  }

  /** Nothing is told from now on. Throws what was thrown at an event. */
  end(): void {
    this.#isOver = true;
    if (this.#failed.signal.aborted) throw this.#failed.signal.reason;
  }

  #pass(event: RunEvent, sink: EventSink): void {
    if (this.#isOver || this.#failed.signal.aborted) return;
    try {
      sink(event);
    } catch (error) {
      this.#failed.abort(error);
    }
  }
}
