import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { each } from '../flags/argument.ts';
import { splitPair, takePairs } from '../flags/word-pairs.ts';
import type { ExpressionSource } from './evaluate-expression.ts';

/** The options for what is evaluated, as commander hands them over; the same words name the same derivation to every command. */
export interface EvaluationFlags {
  readonly file?: string;
  readonly expr?: string;
  readonly attr?: readonly string[];
  readonly arg?: readonly string[];
  readonly argstr?: readonly string[];
  readonly include?: readonly string[];
  readonly impure?: boolean;
  readonly overrideInput?: readonly string[];
  readonly store?: string | undefined;
}

/** Defines the options by which Nix's own commands are told which derivations are meant. */
export function defineEvaluationFlags(command: Command): Command {
  takePairs(command, ['--arg', '--argstr', '--override-input']);
  return command
    .option('-f, --file <file>', 'evaluate this Nix file with nix-instantiate')
    .option('-E, --expr <expression>', 'evaluate this expression with nix-instantiate')
    .option('-A, --attr <attribute>', 'this attribute of either; may be repeated', each)
    .option('--arg <name> <value>', 'pass an expression to the function that either is', each)
    .option('--argstr <name> <value>', 'pass a string to it', each)
    .option('-I, --include <path>', 'add to the search path of the evaluation', each)
    .option('--impure', 'let installables read the environment, and files outside of flakes')
    .option(
      '--override-input <input> <flake>',
      'use another flake for an input of installables',
      each,
    );
}

/** The file or the expression that the user named. Throws `bad-argument` if both are given. */
export function namedSource({ file, expr }: EvaluationFlags): ExpressionSource | undefined {
  if (expr === undefined) return file === undefined ? undefined : { file };
  if (file === undefined) return { expression: expr };
  throw new CommandError('bad-argument', '-f and -E both say what to evaluate: give one of them');
}

/** Options for every evaluator: `--arg`, `--argstr`, `-I`, `--store`. */
export function evaluatorWords({ arg, argstr, include, store }: EvaluationFlags): string[] {
  const includes = (include ?? []).flatMap((path) => ['-I', path]);
  const inStore = store === undefined ? [] : ['--store', store];
  return [...pairs('--arg', arg), ...pairs('--argstr', argstr), ...includes, ...inStore];
}

/** Further options for the evaluator of installables, which concern flakes alone. */
export function flakeWords({ impure, overrideInput }: EvaluationFlags): string[] {
  return [...(impure ? ['--impure'] : []), ...pairs('--override-input', overrideInput)];
}

function pairs(option: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => [option, ...splitPair(value)]);
}
