import { codeOf } from '@dispatch/builders/errors';
import { coordinatorOf } from '@dispatch/coordinator/client/ask';
import type { Command } from 'commander';
import { watchStopSignals } from '../build/stop-signals.ts';
import { type FollowFlags, followToEnd } from '../coordinator/follow-to-end.ts';
import { tellRecorded } from '../coordinator/recorded-run.ts';
import { userReach } from '../coordinator/user-reach.ts';
import { helpText } from '../show/help-text.ts';
import { openRunDisplay } from '../show/open-run-display.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';

interface Flags extends FollowFlags, LedgerOptions {
  readonly printBuildLogs?: boolean;
}

/** `dispatch watch`: shows a run that another command began. */
export function define(command: Command): void {
  command
    .description(
      'Show a run from its beginning to its end, as the command that began it does, but without the lines ' +
        "that builds printed before (see 'dispatch log'). Ctrl-C ends the watching and nothing else.",
    )
    .argument('<run>', "id that 'dispatch build --detach' printed, or 'dispatch status' lists")
    .option('-L, --print-build-logs', 'show what builds print')
    .option('--json', 'print the result as one JSON object, as build does')
    .option('-q, --quiet', 'show failures only')
    .option('--debug', 'write every event as a line of JSON to standard error')
    .option('--ledger <url>', 'ledger that the run works with: lmdb:DIRECTORY or memory:')
    .addHelpText('after', helpText(afterHelp))
    .action(watch);
}

const afterHelp = `
Of a run that ended long ago, only what the ledger keeps is shown. A run whose coordinator was killed is
continued.

Exit codes are those of 'dispatch build'; 130 after Ctrl-C.

Examples:
  $ dispatch watch 20261121T200305-1f3a88c0
  $ dispatch watch 20261121T200305-1f3a88c0 -L`;

async function watch(run: string, flags: Flags): Promise<void> {
  const reach = userReach(flags);
  using display = await openRunDisplay(flags);
  using stop = watchStopSignals(() => undefined);
  try {
    process.exitCode = await shown();
  } catch (error) {
    if (stop.exitCode === undefined) throw error;
    display.line(`the run goes on; 'dispatch cancel ${run}' stops it`);
    process.exitCode = stop.exitCode;
  }

  async function shown(): Promise<number> {
    const connection = await coordinatorOf(reach, run, stop.signal);
    if (connection === undefined) return tellRecorded(run, flags, display);
    const request = { type: 'watch', run } as const;
    return followToEnd(reach, connection, request, flags, stop, display).catch((error: unknown) => {
      if (codeOf(error) === 'unknown-run') return tellRecorded(run, flags, display);
      throw error;
    });
  }
}
