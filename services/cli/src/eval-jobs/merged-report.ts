import type { RunReport, RunResults } from '@dispatch/engine/report/run-report';
import type { RunOutcome } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';

/**
 * The report of one run that wanted everything that these wanted. If it failed, steps of runs that were
 * stopped because of that were given up, not cancelled.
 */
export function mergeReports(reports: readonly RunReport[], outcome: RunOutcome): RunResults {
  const results = new Map<StorePath, StepResult>();
  for (const [step, result] of reports.flatMap((report) => [...report.results])) {
    const known = results.get(step);
    if (known === undefined || worth(result) >= worth(known)) results.set(step, result);
  }
  if (outcome === 'failed') giveUpStopped(results);
  return {
    outcome,
    roots: reports.flatMap(({ roots }) => roots),
    steps: once(
      reports.flatMap(({ steps }) => steps),
      ({ rewritten }) => rewritten,
    ),
    substitutes: once(
      reports.flatMap(({ substitutes }) => substitutes),
      (path) => path,
    ),
    present: reports.reduce((sum, { present }) => sum + present, 0),
    results,
    links: reports.flatMap(({ links }) => links),
    uncollected: once(
      reports.flatMap(({ uncollected }) => uncollected),
      ({ path }) => path,
    ),
  };
}

/** Ranks the results of a step that several runs wanted: the highest counts, and success is the highest. */
function worth(result: StepResult): number {
  if (isGood(result)) return 3;
  if (result.type === 'cancelled') return 0;
  return result.type === 'dependency-failed' ? 1 : 2;
}

function giveUpStopped(results: Map<StorePath, StepResult>): void {
  for (const [step, { type }] of results) {
    if (type === 'cancelled') results.set(step, { type, because: 'run-failed' });
  }
}

function once<Thing>(things: readonly Thing[], keyOf: (thing: Thing) => string): Thing[] {
  return [...new Map(things.map((thing) => [keyOf(thing), thing])).values()];
}
