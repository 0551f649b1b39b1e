import type { ReportedRoot } from '@dispatch/engine/plan/wanted-roots';
import { isThere } from '@dispatch/engine/report/is-there';
import type { RunReport } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import type { JobToBuild } from './job-queue.ts';

/** Why something is not built although nothing that was built failed. */
export interface JobError {
  /** Undefined where what came could not even be read. */
  readonly attr: string | undefined;
  readonly message: string;
}

/** A derivation that was asked for, and whether it is where results go. */
interface JobRoot {
  readonly root: ReportedRoot;
  readonly there: boolean;
}

/** All that came of an evaluation, and what came of it in turn. */
export class JobBook {
  readonly jobs: JobToBuild[] = [];
  readonly errors: JobError[] = [];
  readonly reports: RunReport[] = [];

  /** By `.drv` path as it was given; what was never begun, or came to no end, is not among them. */
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
