import { reachCoordinator } from '@dispatch/coordinator/client/reach';
import { nothingDone } from '@dispatch/engine/report/run-report';
import { newRunId } from '@dispatch/engine/run-id';
import type { Command } from 'commander';
import { type BuildFlags, defineBuildFlags } from '../build/build-flags.ts';
import { RunTally } from '../build/run-tally.ts';
import { withOptions } from '../build/setting-flags.ts';
import { showReport } from '../build/show-report.ts';
import { type StopSignals, stoppably } from '../build/stop-signals.ts';
import { buildOrder } from '../coordinator/build-order.ts';
import { followToEnd } from '../coordinator/follow-to-end.ts';
import { leaveRun } from '../coordinator/leave-run.ts';
import { userReach } from '../coordinator/user-reach.ts';
import { assertAttached, jobsFile } from '../eval-jobs/eval-jobs-flag.ts';
import { withRequestedRoots } from '../roots/requested-roots.ts';
import { rootSelection } from '../roots/root-flags.ts';
import { openRunDisplay } from '../show/open-run-display.ts';
import type { RunDisplay } from '../show/run-display.ts';
import type { Terminal } from '../show/terminal.ts';

/** `dispatch build`: builds derivations. */
export function define(command: Command): void {
  command.description('Build derivations on the local daemon and on any number of builders.');
  defineBuildFlags(command);
  command.action(build);
}

async function build(words: readonly string[], given: BuildFlags): Promise<void> {
  const flags = withOptions(given);
  const jobs = jobsFile(words, flags);
  if (jobs !== undefined) assertAttached(flags);
  using display = await openRunDisplay(flags);
  await stoppably(display, (stop) => {
    if (flags.dryRun) return planFor(words, flags, stop, display);
    if (jobs !== undefined) return jobsFor(jobs, flags, stop, display);
    return buildFor(words, flags, stop, display);
  });
}

async function planFor(
  words: readonly string[],
  flags: BuildFlags,
  { signal }: StopSignals,
  terminal: Terminal,
): Promise<number> {
  const { planRoots } = await import('../plan/plan-roots.ts');
  return planRoots(words, flags, terminal, signal);
}

async function jobsFor(
  file: string,
  flags: BuildFlags,
  stop: StopSignals,
  display: RunDisplay,
): Promise<number> {
  const { buildEvalJobs } = await import('../eval-jobs/build-eval-jobs.ts');
  return buildEvalJobs(file, flags, stop, display);
}

/** Ends a build of an expression without derivations: no coordinator is needed, and nix-build succeeds, too. */
function showNothing(flags: BuildFlags, display: RunDisplay): number {
  display.end();
  if (!flags.quiet) display.line('nothing to build: the expression gives no derivations');
  const run = newRunId(Date.now());
  const report = { run, outcome: 'succeeded', roots: [], links: [], ...nothingDone } as const;
  showReport({ report, tookMs: 0 }, new RunTally(), flags, display);
  return 0;
}

/** Builds the roots; the coordinator is called while they are evaluated. */
async function buildFor(
  words: readonly string[],
  flags: BuildFlags,
  stop: StopSignals,
  display: RunDisplay,
): Promise<number> {
  const reach = userReach(flags);
  const called = reachCoordinator(reach, stop.signal);
  // An error is reported when somebody waits for the connection, which may be much later.
  called.catch(() => {});
  try {
    return await withRequestedRoots(rootSelection(words, flags), stop.signal, async (roots) => {
      if (roots.length === 0) return showNothing(flags, display);
      const order = await buildOrder(roots, flags);
      const run = newRunId(Date.now());
      const asked = { type: 'build', run, order, detached: flags.detach ?? false } as const;
      const connection = await called;
      if (flags.detach) return leaveRun(connection, asked, flags.json ?? false);
      return followToEnd(reach, connection, asked, flags, stop, display);
    });
  } finally {
    void called.then(
      (connection) => connection.close(),
      () => {},
    );
  }
}
