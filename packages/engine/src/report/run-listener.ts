import type { EventSink, RunEvent } from '../events.ts';

/**
 * Passes the events of a run to a listener, which may throw: the run is stopped then, and fails
 * with what was thrown. Other runs that share its steps and machines notice nothing of it.
 */
export class RunListener {
  /** Aborted when the caller's is, or when a listener threw. */
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

  /** The same, but these observers are told before the listener. */
  after(...observers: readonly EventSink[]): EventSink {
    return (event) => {
      for (const observe of observers) this.#pass(event, observe);
      this.tell(event);
    };
  }

  /** Nothing is told from now on. Throws what a listener threw. */
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
