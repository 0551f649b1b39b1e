import type { Command } from 'commander';
import { defineEvaluationFlags, type EvaluationFlags } from '../roots/evaluation-flags.ts';
import type { HubOptions } from '../world/open-hub.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';

/** Which store and which ledger a command asks. */
export interface StoreFlags extends HubOptions, LedgerOptions {
  readonly json?: boolean;
}

/** What is meant besides the paths that are named. */
export interface SubjectFlags extends StoreFlags, EvaluationFlags {}

/** `--json` and the options that say where it is looked. */
export function defineStoreFlags(command: Command): Command {
  return defineLedgerFlags(command).option(
    '--store <uri>',
    'the store that results are in; by default the local daemon',
  );
}

/** For what needs no store. */
export function defineLedgerFlags(command: Command): Command {
  return command
    .option('--ledger <url>', 'what is remembered between runs: lmdb:DIRECTORY or memory:')
    .option('--json', 'print one JSON object');
}

/** For commands that take whatever a person has in hand. */
export function defineSubjectFlags(command: Command): Command {
  return defineStoreFlags(defineEvaluationFlags(command));
}

/** What X may be, for `--help`. */
export const subjectHelp = `
What you may name: a .drv path or an output path, as Nix computed it or as dispatch rewrote it; a link
to one (./result, a profile, /run/current-system); a file in one ($(which hello)); a flake's attribute
(.#hello); with -f FILE -A ATTRIBUTE what a Nix file describes, with the --arg that it was built with.`;
