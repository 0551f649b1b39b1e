import { resolve } from 'node:path';
import type { Command } from 'commander';
import { jobs, positive } from '../flags/argument.ts';

/** The machines, as `--builders` says them; for what looks at machines and at nothing else. */
export function defineMachineFlags(command: Command): void {
  command
    .option('--builders <machines>', "machines as Nix's 'builders' has them; @FILE reads a file")
    .option(
      '-j, --max-jobs <number>',
      "builds at a time on the local daemon; 'auto' for all CPUs",
      jobs,
    )
    .option('--connect-timeout <seconds>', 'until a silent machine is given up', positive)
    .option('--farm <file>', 'what machines have only so many of, in TOML; see below', absolute)
    .option('--store <uri>', 'where results go; by default the local daemon');
}

/** From wherever it is read. */
function absolute(file: string): string {
  return resolve(file);
}

/** Everything that says what a run works with. */
export function defineWorldFlags(command: Command): void {
  defineMachineFlags(command);
  command
    .option(
      '--builders-use-substitutes',
      'let builders fetch what they can by themselves before it is copied there',
    )
    .option('--groups <file>', 'how groups are carried out, in TOML; see docs/groups.md', absolute)
    .option('--ledger <url>', 'what is remembered between runs: lmdb:DIRECTORY or memory:');
}

/** Where the machines are found, for `--help`. */
export const machinesHelp = `
The machines are those of --builders, else of nix.conf's 'builders', else of /etc/nix/machines. One
machine a line, or apart by ';':
  URI  SYSTEMS  SSH-KEY  JOBS  SPEED  FEATURES  MANDATORY-FEATURES  HOST-KEY
of which all but the first may be '-' or left out. A bare host, ssh:// and ssh-ng:// are the same here:
each is reached over SSH, and must be able to run nix-daemon. 0 jobs drain a machine.

Where there are no machines, the local daemon builds. Beside machines it builds what none of them is fit
for, by its system or features; with -j, or 'max-jobs' in nix.conf, also what they have no free slot for;
with 0 nothing. To have it weighed like the others, give it a line of its own: 'auto - - 4 2'.

What a machine has only so many of, and no machines file can say, stands in --farm FILE, by default
~/.config/dispatch/farm.toml. A derivation that requires such a feature takes one until it is built:
  [machines."ssh-ng://me@lab".resources]
  board-imx8 = 2
  licence-x = 1
Under [machines."…"], tags = ["lab-a"] gives it words by which a file of groups can ask for it.`;
