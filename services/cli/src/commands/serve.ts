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
  /** A command started it, and talks to it over `startChannel`, or uses the one that runs already. */
  readonly onDemand?: boolean;
}

/** `dispatch serve`: runs the coordinator in the foreground. */
export function define(command: Command): void {
  command
    .description(
      'Run the coordinator of a ledger in the foreground. Commands that build start one by ' +
        'themselves, which ends when nobody has used it for a while.',
    )
    .option('--ledger <url>', 'ledger to use instead of your own: lmdb:DIRECTORY')
    .option(
      '--idle <minutes>',
      'end when nobody has used it for this long (default: never)',
      minutes,
    )
    .addHelpText('after', helpText(afterHelp))
    .action(serve);
  command.addOption(command.createOption('--on-demand').hideHelp());
}

const afterHelp = `
It keeps the connections to all machines between commands, and does the builds of all commands that work
with the same ledger: so they share slots, and what two of them want is built once. It logs what it does to
standard error, as lines of JSON.

A run that is under way when it ends is continued by the next coordinator.

Examples:
  $ dispatch serve
  $ dispatch serve --idle 60 --ledger lmdb:/srv/dispatch/ledger`;

async function serve({ idle, onDemand = false, ...options }: ServeFlags): Promise<void> {
  const place = userPlace(options);
  const log = openServeLog();
  const coordinator = await started();
  // Nothing was logged, so there is no need to wait for the log to be written.
  if (coordinator === undefined) process.exit();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => coordinator.end(`${name} came`));
  }
  // The terminal may be closed: other commands still want what the coordinator does.
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
      // Tells the command that waits at the other end that no coordinator comes.
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
