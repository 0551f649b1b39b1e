import type { ReportedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { RunResults } from '@dispatch/engine/report/run-report';
import { isGood } from '@dispatch/scheduler/result';

/**
 * Whether what was asked for is where results go. What was not to be built was there, or is fetched,
 * unless all of it was stopped before.
 */
export function isThere(root: ReportedRoot | undefined, merged: RunResults): boolean {
  if (root === undefined) return false;
  const result = merged.results.get(root.path);
  if (result === undefined && merged.outcome === 'cancelled') return false;
  if (result !== undefined && !isGood(result)) return false;
  const paths = new Set(root.paths.map(({ path }) => path));
  return !merged.uncollected.some(({ path }) => paths.has(path));
}
