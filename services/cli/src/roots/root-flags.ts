import type { Command } from 'commander';
import { each } from '../flags/argument.ts';
import { splitPair } from '../flags/word-pairs.ts';
import type { RootSelection } from './requested-roots.ts';

/** What says what is to be built, as commander hands it over. */
export interface RootFlags {
  readonly file?: string;
  readonly attr?: readonly string[];
  readonly arg?: readonly string[];
  readonly argstr?: readonly string[];
  readonly include?: readonly string[];
  /** The file with the lines of nix-eval-jobs, or true for standard input. */
  readonly evalJobs?: string | true;
  readonly store?: string | undefined;
}

/** Roots, and what the evaluator is told, as `nix-build` takes them. */
export function defineRootFlags(command: Command): void {
  command
    .argument('[roots...]', '.drv paths, links to them, either with !out,dev; or installables')
    .option('-f, --file <file>', 'evaluate this Nix file with nix-instantiate')
    .option('-A, --attr <attribute>', 'build this attribute of the file; may be repeated', each)
    .option('--arg <name> <value>', 'pass an expression to the function in the file', each)
    .option('--argstr <name> <value>', 'pass a string to it', each)
    .option('-I, --include <path>', 'add to the search path of the evaluation', each);
}

/** Roots that somebody else evaluates. */
export function defineJobsFlag(command: Command): void {
  command.option(
    '--eval-jobs [file]',
    'build what nix-eval-jobs writes to a file, or here by a pipe',
  );
}

/** The options of those above that take two words. */
export const rootPairs: readonly string[] = ['--arg', '--argstr'];

/** What is to be evaluated, and with which words for the evaluator. */
export function rootSelection(words: readonly string[], flags: RootFlags): RootSelection {
  const includes = (flags.include ?? []).flatMap((path) => ['-I', path]);
  const store = flags.store === undefined ? [] : ['--store', flags.store];
  const passedOn = [...pairs('--arg', flags.arg), ...pairs('--argstr', flags.argstr), ...includes];
  return {
    words,
    file: flags.file,
    attributes: flags.attr ?? [],
    passedOn: [...passedOn, ...store],
  };
}

function pairs(option: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => [option, ...splitPair(value)]);
}
