import type { EvalJob } from './eval-job.ts';

/** An attribute that is to be built. */
export type JobToBuild = Extract<EvalJob, { type: 'job' }>;

/** The most jobs in a batch: a coordinator takes no longer requests. */
const mostAtOnce = 50_000;

/** Jobs that were read and are not in a batch yet. */
export class JobQueue {
  readonly #closed = new AbortController();
  #waiting: JobToBuild[] = [];
  #wake: (() => void) | undefined;

  /** Aborted when nothing more comes. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  add(job: JobToBuild): void {
    this.#waiting.push(job);
    this.#wake?.();
  }

  /** Nothing more comes; what waits can still be taken. */
  close(): void {
    this.#closed.abort();
    this.#wake?.();
  }

  /** Waits for jobs and takes all that are there, up to a batch; undefined when no more will come. */
  async take(): Promise<readonly JobToBuild[] | undefined> {
    while (this.#waiting.length === 0) {
      if (this.closed.aborted) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#waiting.splice(0, mostAtOnce);
  }
}

const longestPauseMs = 10_000;

/**
 * Milliseconds to gather jobs before the next batch, `elapsedMs` after the first one: the first jobs are
 * begun at once, and hours of evaluating make hundreds of batches, not thousands.
 */
export function pauseAfter(elapsedMs: number): number {
  return Math.min(longestPauseMs, elapsedMs / 3);
}
