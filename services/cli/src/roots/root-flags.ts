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

/** What says what is to be built, as commander hands it over. */
export interface RootFlags extends EvaluationFlags, Pick<BuilderOptions, 'builders' | 'maxJobs'> {
  /** The file with the lines of nix-eval-jobs, or true for standard input. */
  readonly evalJobs?: string | true;
}

/** Roots, and what the evaluator is told, as `nix-build` takes them. */
export function defineRootFlags(command: Command): void {
  defineEvaluationFlags(
    command.argument(
      '[roots...]',
      '.drv paths, links to them, either with !out,dev; or installables',
    ),
  );
}

/** Roots that somebody else evaluates. */
export function defineJobsFlag(command: Command): void {
  command.option(
    '--eval-jobs [file]',
    'build what nix-eval-jobs writes to a file, or here by a pipe',
  );
}

/** What is to be evaluated, and with which words for the evaluator. */
export function rootSelection(words: readonly string[], flags: RootFlags): RootSelection {
  const { attr: attributes = [] } = flags;
  const passedOn = [...evaluatorWords(flags), ...importWords(flags)];
  return { words, source: namedSource(flags), attributes, passedOn, forFlakes: flakeWords(flags) };
}

/** Derivations that the expression itself reads from are built by the evaluator's daemon, and on the same machines. */
function importWords({ builders, maxJobs }: RootFlags): string[] {
  const machines = builders ? ['--option', 'builders', builders] : [];
  return maxJobs === undefined ? machines : [...machines, '--option', 'max-jobs', String(maxJobs)];
}
