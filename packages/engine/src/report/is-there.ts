import { isGood } from '@dispatch/scheduler/result';
import type { ReportedRoot } from '../plan/wanted-roots.ts';
import type { RunResults } from './run-report.ts';

/**
 * Whether a root's outputs are in the hub, as far as its run knows: what had no step was there, or
 * was fetched. Of a run that was stopped nobody knows how far it had come.
 */
export function isThere(root: ReportedRoot, run: Omit<RunResults, 'links'>): boolean {
  if (run.outcome !== 'failed') return run.outcome === 'succeeded';
  const result = run.results.get(root.path);
  if (result !== undefined && !isGood(result)) return false;
  const paths = new Set(root.paths.map(({ path }) => path));
  return !run.uncollected.some(({ path }) => paths.has(path));
}
