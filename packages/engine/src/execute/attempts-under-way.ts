import type { AttemptId } from '@dispatch/scheduler/event';
import type { StepAttempt } from './step-attempt.ts';

interface Running {
  readonly attempt: StepAttempt;
  readonly over: Promise<void>;
  readonly stop: () => void;
}

/** The attempts that go on right now, of all runs. */
export class AttemptsUnderWay {
  readonly #running = new Map<AttemptId, Running>();
  readonly #onError: (error: unknown) => void;

  /** `onError` gets errors that must not happen. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Carries out an attempt, during which the run's roots are kept; `stop` ends it early. */
  begin(attempt: StepAttempt, work: () => Promise<void>, stop: () => void): Promise<void> {
    const { stores } = attempt.leader.work;
    const over = stores.whileHeld(work).catch(this.#onError);
    this.#running.set(attempt.id, { attempt, over, stop });
    return over.then(() => {
      this.#running.delete(attempt.id);
    });
  }

  /**
   * Stops an attempt. The run that it was begun for does not end before it, even if the scheduler
   * does not wait for it.
   */
  cancel(id: AttemptId): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.attempt.leader.await(running.over);
    running.stop();
  }

  cancelAll(): void {
    for (const id of this.#running.keys()) this.cancel(id);
  }

  /** The attempts on a builder that nobody has stopped. */
  on(builder: string): StepAttempt[] {
    return [...this.#running.values()]
      .map(({ attempt }) => attempt)
      .filter((attempt) => attempt.builder.machine.uri === builder && !attempt.signal.aborted);
  }
}
