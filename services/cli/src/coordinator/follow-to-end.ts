import type { CoordinatorConnection } from '@dispatch/coordinator/client/connection';
import { type FollowRequest, followRun } from '@dispatch/coordinator/client/follow-run';
import type { Reach } from '@dispatch/coordinator/client/reach';
import { exitCodeOfFailures } from '../build/exit-code.ts';
import { RunTally } from '../build/run-tally.ts';
import { type ReportFlags, showReport } from '../build/show-report.ts';
import type { StopSignals } from '../build/stop-signals.ts';
import type { RunDisplay } from '../show/run-display.ts';
import { runFollower } from './run-follower.ts';

/** How a run is shown. */
export interface FollowFlags extends ReportFlags {
  readonly debug?: boolean;
}

/** Shows a run until it is over, and then its result. Returns the exit code. */
export async function followToEnd(
  reach: Reach,
  connection: CoordinatorConnection,
  request: FollowRequest,
  flags: FollowFlags,
  stop: StopSignals,
  display: RunDisplay,
): Promise<number> {
  const tally = new RunTally();
  const listener = await runFollower(flags, tally, display);
  const { report, tookMs } = await followRun(reach, connection, request, listener, stop.signal);
  display.end();
  showReport({ report, tookMs }, tally, flags, display);
  if (report.outcome === 'succeeded') return 0;
  return stop.exitCode ?? exitCodeOfFailures(report.results);
}
