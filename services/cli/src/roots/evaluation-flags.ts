import type { Command } from 'commander';
import { each } from '../flags/argument.ts';
import { splitPair, takePairs } from '../flags/word-pairs.ts';

/** What is evaluated and how, as commander hands it over; the same words name the same derivation to every command. */
export interface EvaluationFlags {
  readonly file?: string;
  readonly attr?: readonly string[];
  readonly arg?: readonly string[];
  readonly argstr?: readonly string[];
  readonly include?: readonly string[];
  readonly store?: string | undefined;
}

/** The options of `nix-instantiate` that say which derivations of a file are meant. */
export function defineEvaluationFlags(command: Command): Command {
  takePairs(command, ['--arg', '--argstr']);
  return command
    .option('-f, --file <file>', 'evaluate this Nix file with nix-instantiate')
    .option('-A, --attr <attribute>', 'this attribute of the file; may be repeated', each)
    .option('--arg <name> <value>', 'pass an expression to the function in the file', each)
    .option('--argstr <name> <value>', 'pass a string to it', each)
    .option('-I, --include <path>', 'add to the search path of the evaluation', each);
}

/** For the evaluator, as they are: `--arg`, `--argstr`, `-I`, `--store`. */
export function evaluatorWords({ arg, argstr, include, store }: EvaluationFlags): string[] {
  const includes = (include ?? []).flatMap((path) => ['-I', path]);
  const inStore = store === undefined ? [] : ['--store', store];
  return [...pairs('--arg', arg), ...pairs('--argstr', argstr), ...includes, ...inStore];
}

function pairs(option: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => [option, ...splitPair(value)]);
}
