import { utmostPriority } from '@dispatch/coordinator/messages/priority';
import type { Command } from 'commander';
import { priority } from '../flags/argument.ts';
import { defineJobsFlag, defineRootFlags, type RootFlags } from '../roots/root-flags.ts';
import { helpText } from '../show/help-text.ts';
import type { GroupsFileOptions } from '../world/groups-file.ts';
import type { WorldOptions } from '../world/open-world.ts';
import { defineWorldFlags, machinesHelp } from '../world/world-flags.ts';
import { keptLogs } from './log-folders.ts';
import { defineSettingFlags, type SettingFlags } from './setting-flags.ts';

/** The options of `dispatch build` as commander hands them over. */
export interface BuildFlags extends RootFlags, WorldOptions, GroupsFileOptions, SettingFlags {
  readonly store?: string;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly priority?: number;
  /** False after `--no-out-link`. */
  readonly outLink?: string | false;
  /** False after `--no-link`. */
  readonly link: boolean;
  readonly printBuildLogs?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** Defines the arguments and options of `dispatch build`. */
export function defineBuildFlags(command: Command): void {
  defineRootFlags(command);
  defineJobsFlag(command);
  defineWorldFlags(command);
  defineSettingFlags(command);
  command
    .option('-k, --keep-going', 'after a failure, build what does not depend on it')
    .option('--priority <priority>', 'priority of the run; see below', priority)
    .option('-o, --out-link <name>', 'name of the links to the results (default: "result")')
    .option('--no-link', 'make no links')
    .option('--no-out-link', 'the same, as nix-build calls it')
    .on('option:no-out-link', () => command.setOptionValue('link', false))
    .option('--detach', "leave the run to the coordinator; print its id, for 'dispatch watch'")
    .option('--dry-run', "show what would be built, as 'dispatch plan' does")
    .option('-L, --print-build-logs', 'show what builds print')
    .option('--json', 'print the result as one JSON object')
    .option('-q, --quiet', 'show failures only')
    .option('--debug', 'write every event as a line of JSON to standard error')
    .addHelpText('after', helpText(afterHelp));
}

const afterHelp = `
Without roots, default.nix is built, as nix-build does.
${machinesHelp}

A build that exceeds --timeout or --max-silent-time is ended by its builder, counts as failed and is not
tried elsewhere. A limit that is not given here is taken from nix.conf; 0 means no limit.

Runs of the same --priority share the machines evenly; a run of a higher priority gets each slot that
becomes free before all others, but stops nothing that is being built. The priority is 'low' (-10),
'normal' (0, the default), 'high' (10), or a whole number from -${utmostPriority} to ${utmostPriority}.

The coordinator of your ledger does the building: a process that is started when there is none, keeps its
connections to the machines, and ends when nobody has used it for a while (see 'dispatch serve --help').
Ctrl-C stops the run, unless it was detached.

With --eval-jobs, each attribute that nix-eval-jobs finds is built, with all its outputs, while it evaluates
the others; the first one that fails, or cannot be evaluated, stops everything unless --keep-going is given.
Links are made only with --out-link, and are called NAME-ATTRIBUTE. An evaluator that is killed between two
lines looks like one that is done, unless 'set -o pipefail' makes your shell tell them apart. Give
nix-eval-jobs a --gc-roots-dir to protect what it evaluated from garbage collection until that is built.

Exit codes are those of nix-build: 100 a builder failed, 101 a build timed out, 102 one had the wrong
hash, 104 one was not deterministic (several are OR-ed); 1 for anything else, 130 after Ctrl-C.

Whole build logs are in $XDG_STATE_HOME/dispatch/logs (by default ~/.local/state/dispatch/logs), one
folder a run; those ${keptLogs} are kept.

Examples:
  $ dispatch build -f . -A hello
  $ dispatch build .#hello --builders 'ssh-ng://me@big x86_64-linux - 16 ; ssh-ng://me@arm aarch64-linux'
  $ dispatch build -A tests --timeout 3600 --max-silent-time 600 --keep-going
  $ dispatch build -A everything --detach --priority low
  $ nix-eval-jobs --flake .#checks | dispatch build --eval-jobs --keep-going`;
