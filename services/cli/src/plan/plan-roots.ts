import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { jobsFile } from '../eval-jobs/eval-jobs-flag.ts';
import { withRequestedRoots } from '../roots/requested-roots.ts';
import { type RootFlags, rootSelection } from '../roots/root-flags.ts';
import type { Terminal } from '../show/terminal.ts';
import { type PlanOptions, showPlan } from './show-plan.ts';

/** Finds the roots that the command line names, and shows their plan. Returns the exit code. */
export async function planRoots(
  words: readonly string[],
  flags: RootFlags & PlanOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const plan = (roots: readonly RequestedRoot[]): Promise<number> =>
    showPlan(roots, flags, terminal, signal);
  const jobs = jobsFile(words, flags);
  if (jobs === undefined) return withRequestedRoots(rootSelection(words, flags), signal, plan);
  const [{ planEvalJobs }, { showJobError }] = await Promise.all([
    import('../eval-jobs/plan-eval-jobs.ts'),
    import('../eval-jobs/show-jobs.ts'),
  ]);
  const onFailure = (attribute: string, message: string): void =>
    showJobError([attribute], message, terminal);
  return planEvalJobs(jobs, signal, onFailure, plan);
}
