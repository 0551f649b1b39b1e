import type { Command } from 'commander';
import { defineEvaluationFlags, type EvaluationFlags } from '../roots/evaluation-flags.ts';
import type { HubOptions } from '../world/open-hub.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';

/** Which store and which ledger a command asks. */
export interface StoreFlags extends HubOptions, LedgerOptions {
  readonly json?: boolean;
}

/** The options of commands that take derivations in whatever form a person has them. */
export interface SubjectFlags extends StoreFlags, EvaluationFlags {}

/** Defines `--json`, `--ledger` and `--store`. */
export function defineStoreFlags(command: Command): Command {
  return defineLedgerFlags(command).option(
    '--store <uri>',
    'store that results are in; by default the one that Nix uses',
  );
}

/** Defines `--json` and `--ledger`, for commands that need no store. */
export function defineLedgerFlags(command: Command): Command {
  return command
    .option('--ledger <url>', 'ledger to use instead of your own: lmdb:DIRECTORY or memory:')
    .option('--json', 'print one JSON object');
}

/** Defines all options of `SubjectFlags`. */
export function defineSubjectFlags(command: Command): Command {
  return defineStoreFlags(defineEvaluationFlags(command));
}

/** What the argument may be, for `--help`. */
export const subjectHelp = `
You may name a .drv path or an output path, as Nix computed it or as dispatch rewrote it; a link to one
(./result, a profile, /run/current-system); a file in one ($(which hello)); a flake's attribute (.#hello);
or, with -f FILE or -E EXPRESSION, -A ATTRIBUTE and the --arg that it was built with, what Nix evaluates.`;
