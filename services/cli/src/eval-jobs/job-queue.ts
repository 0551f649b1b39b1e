import type { EvalJob } from './eval-job.ts';

/** An attribute that is to be built. */
export type JobToBuild = Extract<EvalJob, { type: 'job' }>;

/** Jobs of one batch; a coordinator takes no longer requests. */
const mostAtOnce = 50_000;

/** Jobs on their way from whoever reads them to whoever has them built. */
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

  /** All that came meanwhile, once there is any; undefined when nothing more will. */
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
 * Milliseconds to gather jobs before the next batch, for an evaluation that has gone on for so long:
 * what comes first is begun at once, and hours of evaluating make hundreds of batches, not thousands.
 */
export function pauseAfter(elapsedMs: number): number {
  return Math.min(longestPauseMs, elapsedMs / 3);
}
