import { resolve } from 'node:path';
import type { Command } from 'commander';
import { jobs, positive } from '../flags/argument.ts';

/** Defines the options that say which machines and which store there are. */
export function defineMachineFlags(command: Command): void {
  command
    .option('--builders <machines>', "machines, as in Nix's 'builders'; @FILE reads a file")
    .option(
      '-j, --max-jobs <number>',
      "builds at a time on the local daemon; 'auto' for all CPUs",
      jobs,
    )
    .option('--connect-timeout <seconds>', 'how long to wait for a silent machine', positive)
    .option('--farm <file>', 'TOML file with resources and tags of machines; see below', absolute)
    .option('--store <uri>', 'store that results go to; by default the one that Nix uses');
}

/** Makes a path absolute, so that a process in another folder finds the same file. */
function absolute(file: string): string {
  return resolve(file);
}

/** Defines all options that say what a run works with. */
export function defineWorldFlags(command: Command): void {
  defineMachineFlags(command);
  command
    .option(
      '--builders-use-substitutes',
      'let builders fetch what they can from their caches, and copy only the rest',
    )
    .option('--groups <file>', 'TOML file with policies for groups; see docs/groups.md', absolute)
    .option('--ledger <url>', 'ledger to use instead of your own: lmdb:DIRECTORY or memory:');
}

/** Where the machines are found, for `--help`. */
export const machinesHelp = `
The machines are those of --builders, else of nix.conf's 'builders', else of /etc/nix/machines: one machine
a line, or several separated by ';':
  URI  SYSTEMS  SSH-KEY  JOBS  SPEED  FEATURES  MANDATORY-FEATURES  HOST-KEY
All but the URI may be '-' or left out. A bare host, ssh:// and ssh-ng:// are the same here: the machine is
reached over SSH, and must be able to run nix-daemon. 0 jobs drain a machine.

Without machines, the local daemon builds everything. Beside machines, it builds what asks to be built
locally, such as fetching, and what none of them is fit for, because of their systems or features; with -j,
or 'max-jobs' in nix.conf, also what they have no free slot for; with 0, nothing. To treat it like the
others, give it a line of its own: 'auto - - 4 2'.

The TOML file of --farm, by default ~/.config/dispatch/farm.toml, says what a machines file cannot: how many
a machine has of boards, licences and the like. A derivation that requires such a feature takes one until it
is built:
  [machines."ssh-ng://me@lab".resources]
  board-imx8 = 2
  licence-x = 1
Under [machines."…"], tags = ["lab-a"] gives a machine words by which a groups file can ask for it.`;
