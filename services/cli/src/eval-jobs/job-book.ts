import type { ReportedRoot } from '@dispatch/engine/plan/wanted-roots';
import { isThere } from '@dispatch/engine/report/is-there';
import type { RunReport } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import type { JobToBuild } from './job-queue.ts';

/** An error that is not the failure of a step: something could not be evaluated, or its run not begun. */
export interface JobError {
  /** Undefined where a line could not even be read. */
  readonly attr: string | undefined;
  readonly message: string;
}

/** A derivation that was asked for, and whether its outputs are in the store where results go. */
interface JobRoot {
  readonly root: ReportedRoot;
  readonly there: boolean;
}

/** Everything that came of an evaluation, and of building that. */
export class JobBook {
  readonly jobs: JobToBuild[] = [];
  readonly errors: JobError[] = [];
  readonly reports: RunReport[] = [];

  /** All roots of runs that reported, by `.drv` path as it was given. */
  roots(): ReadonlyMap<StorePath, JobRoot> {
    return new Map(
      this.reports.flatMap((report) =>
        report.roots.map((root) => [root.given, { root, there: isThere(root, report) }] as const),
      ),
    );
  }

  /** The attributes that stand for these derivations. */
  attributesOf(jobs: readonly JobToBuild[]): string[] {
    const paths = new Set(jobs.map(({ drvPath }) => drvPath));
    return this.jobs.filter(({ drvPath }) => paths.has(drvPath)).map(({ attr }) => attr);
  }
}
