import type { Command } from 'commander';
import type { BuilderOptions } from '../world/choose-builders.ts';
import {
  defineEvaluationFlags,
  type EvaluationFlags,
  evaluatorWords,
  flakeWords,
  namedSource,
} from './evaluation-flags.ts';
import type { RootSelection } from './requested-roots.ts';

/** The options for what is to be built, as commander hands them over. */
export interface RootFlags extends EvaluationFlags, Pick<BuilderOptions, 'builders' | 'maxJobs'> {
  /** The file with the lines of nix-eval-jobs, or true for standard input. */
  readonly evalJobs?: string | true;
}

/** Defines the roots and the options for the evaluator, as `nix-build` has them. */
export function defineRootFlags(command: Command): void {
  defineEvaluationFlags(
    command.argument(
      '[roots...]',
      '.drv paths or links to them, with !out,dev for some outputs only; or installables',
    ),
  );
}

/** Defines `--eval-jobs`, for roots that nix-eval-jobs evaluates. */
export function defineJobsFlag(command: Command): void {
  command.option(
    '--eval-jobs [file]',
    'take the roots from what nix-eval-jobs wrote to a file, or writes to standard input',
  );
}

/** What the command line says is to be built. */
export function rootSelection(words: readonly string[], flags: RootFlags): RootSelection {
  const { attr: attributes = [] } = flags;
  const passedOn = [...evaluatorWords(flags), ...importWords(flags)];
  return { words, source: namedSource(flags), attributes, passedOn, forFlakes: flakeWords(flags) };
}

/** Has the evaluator's daemon build derivations that the expression itself reads from on the same machines. */
function importWords({ builders, maxJobs }: RootFlags): string[] {
  const machines = builders ? ['--option', 'builders', builders] : [];
  return maxJobs === undefined ? machines : [...machines, '--option', 'max-jobs', String(maxJobs)];
}
