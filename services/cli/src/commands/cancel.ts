import { ask, coordinatorOf } from '@dispatch/coordinator/client/ask';
import type { Command } from 'commander';
import { recordOf } from '../coordinator/recorded-run.ts';
import { userReach } from '../coordinator/user-reach.ts';
import { CommandError } from '../errors.ts';
import { helpText } from '../show/help-text.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';

/** `dispatch cancel`: stops a run, whoever began it. */
export function define(command: Command): void {
  command
    .description('Stop a run, and its builds, except those that another run wants, too.')
    .argument('<run>', "id of the run, as 'dispatch status' lists it")
    .option('--ledger <url>', 'ledger that the run works with: lmdb:DIRECTORY or memory:')
    .addHelpText('after', helpText(afterHelp))
    .action(cancel);
}

const afterHelp = `
Whoever watches the run is told. What it has built is kept, and is not built again.

Examples:
  $ dispatch cancel 20261121T200305-1f3a88c0`;

async function cancel(run: string, flags: LedgerOptions): Promise<void> {
  const reach = userReach(flags);
  const connection = await coordinatorOf(reach, run, new AbortController().signal);
  if (connection === undefined) {
    const { state } = await recordOf(run, flags);
    throw new CommandError('no-run', `run ${run} is not under way: it is ${state}`);
  }
  await ask(connection, { type: 'cancel', run }, 'cancelling');
  process.stderr.write(`dispatch: stopping ${run}\n`);
}
