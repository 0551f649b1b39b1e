import type { RunReport } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import type { JobToBuild } from './job-queue.ts';

/** Why something is not built although nothing that was built failed. */
export interface JobError {
  /** Undefined where what came could not even be read. */
  readonly attr: string | undefined;
  readonly message: string;
}

/** All that came of an evaluation, and what came of it in turn. */
export class JobBook {
  readonly jobs: JobToBuild[] = [];
  readonly errors: JobError[] = [];
  readonly reports: RunReport[] = [];
  readonly #asked = new Set<StorePath>();

  /** Notes a job; false where another attribute stands for the same derivation. */
  add(job: JobToBuild): boolean {
    this.jobs.push(job);
    const before = this.#asked.size;
    return this.#asked.add(job.drvPath).size > before;
  }

  /** The attributes that stand for these derivations. */
  attributesOf(jobs: readonly JobToBuild[]): string[] {
    const paths = new Set(jobs.map(({ drvPath }) => drvPath));
    return this.jobs.filter(({ drvPath }) => paths.has(drvPath)).map(({ attr }) => attr);
  }
}
