import type { CopyProgress } from '@dispatch/builders/copy-progress';
import type { CopyProgressed, EventSink } from '../events.ts';

/** Which copy is reported. */
export type ReportedCopy = Pick<CopyProgressed, 'from' | 'to' | 'step'>;

const betweenReportsMs = 100;

/** Turns the progress of a run's copies into events, few enough to be shown. */
export class CopyReports {
  readonly #emit: EventSink;
  #last = 0;

  constructor(emit: EventSink) {
    this.#emit = emit;
  }

  /** Runs a copy and tells of it, if it has anything to send. */
  async during<Result>(
    of: ReportedCopy,
    work: (onProgress: (progress: CopyProgress) => void) => Promise<Result>,
  ): Promise<Result> {
    this.#last += 1;
    const copy = this.#last;
    let toldAt: number | undefined;
    const onProgress = ({ path, copy: amounts }: CopyProgress): void => {
      const now = performance.now();
      if (toldAt !== undefined && now - toldAt < betweenReportsMs) return;
      toldAt = now;
      this.#emit({ type: 'copy-progress', copy, ...of, path, ...amounts });
    };
    let outcome: 'arrived' | 'failed' = 'failed';
    try {
      const result = await work(onProgress);
      outcome = 'arrived';
      return result;
    } finally {
      if (toldAt !== undefined) this.#emit({ type: 'copy-ended', copy, outcome });
    }
  }
}
