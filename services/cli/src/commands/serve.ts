import { Socket } from 'node:net';
import { codeOf } from '@dispatch/builders/errors';
import { startChannel } from '@dispatch/coordinator/place/place';
import { Coordinator } from '@dispatch/coordinator/serve/coordinator';
import { type Command, InvalidArgumentError } from 'commander';
import { openServeLog } from '../serve/serve-log.ts';
import { SharedWorlds } from '../serve/shared-worlds.ts';
import { helpText } from '../show/help-text.ts';
import { ownVersion } from '../version.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { userPlace } from '../world/user-place.ts';

interface ServeFlags extends LedgerOptions {
  readonly idle?: number;
  /** It was started by a command, which talks to it already, or uses the one that is there. */
  readonly onDemand?: boolean;
}

/** `dispatch serve`: the coordinator in the foreground. */
export function define(command: Command): void {
  command
    .description(
      'Runs the coordinator of a ledger in the foreground. Commands that build start one by ' +
        'themselves, which ends when nobody wants anything for a while.',
    )
    .option('--ledger <url>', 'the ledger that it holds: lmdb:DIRECTORY')
    .option('--idle <minutes>', 'end when nobody wants anything for so long', minutes)
    .addHelpText('after', helpText(afterHelp))
    .action(serve);
  command.addOption(command.createOption('--on-demand').hideHelp());
}

const afterHelp = `
It keeps the connections to all machines between commands, and does the builds of all commands that work
with the same ledger: so they share slots, and what two of them want is built once. What it does it
writes to standard error, a line of JSON for each thing.

A run that is under way when it ends is gone on with by the next coordinator.

Examples:
  $ dispatch serve
  $ dispatch serve --idle 60 --ledger lmdb:/srv/dispatch/ledger`;

async function serve({ idle, onDemand = false, ...options }: ServeFlags): Promise<void> {
  const place = userPlace(options);
  const log = openServeLog();
  const coordinator = await started();
  // Nothing was logged, and what would write that is not waited for.
  if (coordinator === undefined) process.exit();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => coordinator.end(`${name} came`));
  }
  // Its terminal may go: what it does is wanted by others.
  process.on('SIGHUP', () => {});
  log.info({ place: place.folder }, 'listening');
  await coordinator.ended;
  await log.end();
  process.exit();

  async function started(): Promise<Coordinator | undefined> {
    const starter = onDemand ? new Socket({ fd: startChannel }) : undefined;
    try {
      return await Coordinator.start({
        place,
        version: ownVersion(),
        worlds: new SharedWorlds(place.ledger),
        log,
        idleMs: idle === undefined ? Infinity : idle * 60_000,
        starter,
      });
    } catch (error) {
      // Whoever waits at its other end is to see that nobody comes.
      starter?.destroy();
      if (onDemand && codeOf(error) === 'held') return undefined;
      throw error;
    }
  }
}

function minutes(text: string): number {
  const number = Number(text);
  if (/^\d{1,6}(\.\d{1,4})?$/.test(text) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number of minutes above 0.');
}
