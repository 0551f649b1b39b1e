import type { Steering } from '@dispatch/engine/farm/steering';
import type { Command } from 'commander';
import { helpText } from '../show/help-text.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import type { MachineOptions } from './machine-uris.ts';

const descriptions: Readonly<Record<Steering, string>> = {
  drain: 'Let machines finish what they have, and give them nothing more.',
  skip: 'Give machines nothing more, and build elsewhere what they have.',
  resume: 'Use machines again that were drained or skipped, and forgive what they lost before.',
};

/** `dispatch builders drain`, `skip` and `resume`. */
export function defineSteering(command: Command, steering: Steering): void {
  command
    .description(descriptions[steering])
    .argument('<builders...>', "names of machines, as 'dispatch builders' shows them, or URIs")
    .option('--builders <machines>', "machines to choose from, in the syntax of Nix's 'builders'")
    .option('--store <uri>', 'store that results go to; by default the one that Nix uses')
    .option('--ledger <url>', 'ledger whose coordinator is told: lmdb:DIRECTORY or memory:')
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
      : `It lasts until 'dispatch builders resume', even if the coordinator ends. Paths on a drained machine
are still used, so it has to stay reachable; a skipped one may be switched off.
`;
  return `
This applies to all runs of the ledger's coordinator, those under way and later ones.
${more}
Examples:
  $ dispatch builders ${steering} ssh-ng://me@big
  $ dispatch builders ${steering} big 'this machine'`;
}
