import type { ReportedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { RunResults } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunTally } from '../build/run-tally.ts';
import { type ResultsJson, type RootJson, resultsJson, rootJson } from '../show/run-json.ts';
import type { JobBook } from './job-book.ts';

/** What `dispatch build --eval-jobs --json` prints. Everything that is not known is null. */
export interface JobsJson extends ResultsJson {
  /** A run for each batch. */
  readonly runs: readonly string[];
  readonly roots: readonly JobJson[];
  readonly errors: readonly { readonly attr: string | null; readonly message: string }[];
}

/** An attribute and its root, of which only `given` is known where it was never begun. */
type JobJson = { readonly attr: string; readonly there: boolean } & {
  readonly [Field in keyof RootJson]: RootJson[Field] | null;
};

/** All that was built for an evaluation as one object for programs, as `docs/json.md` has it. */
export function jobsJson(book: JobBook, merged: RunResults, tally: RunTally): JobsJson {
  const { jobs, reports, errors } = book;
  const roots = book.roots();
  const { outcome, ...rest } = resultsJson(merged, tally);
  return {
    runs: reports.map(({ run }) => run),
    outcome,
    roots: jobs.map(({ attr, drvPath }) => {
      const { root, there = false } = roots.get(drvPath) ?? {};
      return { attr, there, ...namesOf(drvPath, root) };
    }),
    errors: errors.map(({ attr = null, message }) => ({ attr, message })),
    ...rest,
  };
}

function namesOf(
  given: StorePath,
  root: ReportedRoot | undefined,
): Omit<JobJson, 'attr' | 'there'> {
  return root === undefined
    ? { given, original: null, drvPath: null, outputs: null }
    : rootJson(root);
}
