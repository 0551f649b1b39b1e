import { followRun } from '@dispatch/coordinator/client/follow-run';
import { type Reach, reachCoordinator } from '@dispatch/coordinator/client/reach';
import type { BuildOrder } from '@dispatch/coordinator/messages/build-order';
import { newRunId } from '@dispatch/engine/run-id';
import type { BuildFlags } from '../build/build-flags.ts';
import { exitCodeOfFailures } from '../build/exit-code.ts';
import { RunTally } from '../build/run-tally.ts';
import { withOptions } from '../build/setting-flags.ts';
import { type StopSignals, stoppably } from '../build/stop-signals.ts';
import { buildOrder } from '../coordinator/build-order.ts';
import { runFollower } from '../coordinator/run-follower.ts';
import { userReach } from '../coordinator/user-reach.ts';
import { withRequestedRoots } from '../roots/requested-roots.ts';
import { rootSelection } from '../roots/root-flags.ts';
import { showFailures } from '../show/failures.ts';
import { openRunDisplay } from '../show/open-run-display.ts';
import { print, printJson } from '../show/standard-output.ts';
import { standardError } from '../show/terminal.ts';
import { endedGroups, type Trial, trialOutcome } from './trial.ts';
import { trialsJson } from './trial-json.ts';
import { trialLines } from './trial-text.ts';

interface TryFlags extends BuildFlags {
  readonly runs: number;
}

const exitCodes = { passed: 0, flaky: 3, failed: 4 } as const;

/** `dispatch group try`: runs groups again and again, to see how often they pass. */
export async function tryGroup(words: readonly string[], given: TryFlags): Promise<void> {
  const flags = { ...withOptions(given), link: false };
  await stoppably(standardError(), (stop) => tryAll(words, flags, stop));
}

async function tryAll(
  words: readonly string[],
  flags: TryFlags,
  stop: StopSignals,
): Promise<number> {
  const selection = rootSelection(words, flags);
  return withRequestedRoots(selection, stop.signal, async (roots) => {
    const order = { ...(await buildOrder(roots, flags)), isTrial: true };
    const trials: Trial[] = [];
    while (trials.length < flags.runs && !stop.signal.aborted) {
      const tried = await tryOnce(order, trials.length + 1, flags, stop);
      if (typeof tried === 'number') return tried;
      if (!stop.signal.aborted) trials.push(tried);
    }
    tell(trials, flags);
    return stop.exitCode ?? exitCodes[verdict(trials)];
  });
}

/** Runs one trial; gives the exit code instead where the inputs of the members cannot be built. */
async function tryOnce(
  order: BuildOrder,
  number: number,
  flags: TryFlags,
  stop: StopSignals,
): Promise<Trial | number> {
  using display = await openRunDisplay(flags);
  if (!flags.quiet) display.line(`trial ${number} of ${flags.runs}`);
  const tally = new RunTally();
  const reach: Reach = userReach(flags);
  const run = newRunId(Date.now());
  const { report } = await followRun(
    reach,
    await reachCoordinator(reach, stop.signal),
    { type: 'build', run, order, detached: false },
    await runFollower(flags, tally, display),
    stop.signal,
  );
  display.end();
  const attempts = endedGroups(tally.groups.values());
  if (attempts.length > 0 || report.outcome === 'cancelled') return { run, attempts };
  showFailures(report, tally, display);
  return exitCodeOfFailures(report.results);
}

function tell(trials: readonly Trial[], flags: TryFlags): void {
  if (flags.json) printJson(trialsJson(trials));
  else for (const line of trialLines(trials)) print(line);
}

function verdict(trials: readonly Trial[]): keyof typeof exitCodes {
  const passed = trials.filter((trial) => trialOutcome(trial) === 'passed').length;
  if (passed === trials.length) return 'passed';
  return passed === 0 ? 'failed' : 'flaky';
}
