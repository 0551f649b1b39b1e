import type { RunOutcome } from '@dispatch/ledger/run-record';
import type { BuildFlags } from '../build/build-flags.ts';
import { exitCodeOfFailures } from '../build/exit-code.ts';
import { RunTally } from '../build/run-tally.ts';
import type { StopSignals } from '../build/stop-signals.ts';
import { buildOrder } from '../coordinator/build-order.ts';
import { runFollower } from '../coordinator/run-follower.ts';
import { userReach } from '../coordinator/user-reach.ts';
import type { RunDisplay } from '../show/run-display.ts';
import { assertAnyJob } from './eval-jobs-flag.ts';
import type { JobBook } from './job-book.ts';
import { openJobInput } from './job-input.ts';
import { JobsBuild } from './jobs-build.ts';
import { mergeReports } from './merged-report.ts';
import { showJobError, showJobs } from './show-jobs.ts';

/**
 * Builds what nix-eval-jobs finds while it goes on evaluating, and shows it as one run. Returns the exit
 * code.
 */
export async function buildEvalJobs(
  file: string,
  flags: BuildFlags,
  stop: StopSignals,
  display: RunDisplay,
): Promise<number> {
  const startedAt = Date.now();
  const tally = new RunTally();
  const build = new JobsBuild({
    reach: userReach(flags),
    order: await buildOrder([], { ...flags, link: flags.link && flags.outLink !== undefined }),
    listener: await runFollower(flags, tally, display),
    onError: (attributes, message) => showJobError(attributes, message, display),
    stop: stop.signal,
    input: await openJobInput(file),
  });
  await build.carryOut();
  display.end();
  const { book } = build;
  const merged = mergeReports(book.reports, outcomeOf(book, stop));
  if (merged.outcome === 'succeeded') assertAnyJob(book.jobs);
  showJobs(book, merged, Date.now() - startedAt, tally, flags, display);
  if (merged.outcome === 'succeeded') return 0;
  return stop.exitCode ?? exitCodeOfFailures(merged.results);
}

function outcomeOf({ reports, errors }: JobBook, stop: StopSignals): RunOutcome {
  if (stop.exitCode !== undefined) return 'cancelled';
  const isWhole = errors.length === 0 && reports.every(({ outcome }) => outcome === 'succeeded');
  return isWhole ? 'succeeded' : 'failed';
}
