import type { Steering } from '@dispatch/engine/farm/steering';
import type { Command } from 'commander';
import { helpText } from '../show/help-text.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import type { MachineOptions } from './machine-uris.ts';

const descriptions: Readonly<Record<Steering, string>> = {
  drain: 'Lets machines finish what they have, and gives them nothing more.',
  skip: 'Gives machines nothing more, and does elsewhere what they have.',
  resume: 'Uses machines again that were drained or skipped, and forgives what they lost before.',
};

/** `dispatch builders drain`, `skip` and `resume`. */
export function defineSteering(command: Command, steering: Steering): void {
  command
    .description(descriptions[steering])
    .argument('<builders...>', "as 'dispatch builders' calls them, or their URIs")
    .option('--builders <machines>', "machines as Nix's 'builders' has them, where names come from")
    .option('--store <uri>', 'where results go; by default the local daemon')
    .option('--ledger <url>', 'whose coordinator is told: lmdb:DIRECTORY or memory:')
    .addHelpText('after', helpText(helpOf(steering)))
    .action(async (names: readonly string[], flags: MachineOptions & LedgerOptions) => {
      const { steerMachines } = await import('./steer-machines.ts');
      await steerMachines(names, steering, flags);
    });
}

function helpOf(steering: Steering): string {
  const more =
    steering === 'resume'
      ? ''
      : `It holds until 'dispatch builders resume', whatever becomes of the coordinator. What lies on a drained
machine is used, so it has to be there; a skipped one may be switched off.
`;
  return `
All runs of the ledger's coordinator are meant, those under way and later ones.
${more}
Examples:
  $ dispatch builders ${steering} ssh-ng://me@big
  $ dispatch builders ${steering} big 'this machine'`;
}
