import type { BuildFlags } from '../build/build-flags.ts';
import { CommandError } from '../errors.ts';
import type { RootFlags } from '../roots/root-flags.ts';

/**
 * The file that jobs are to be read from, `-` for standard input; undefined where others are meant.
 * Throws `bad-argument` where both are.
 */
export function jobsFile(
  words: readonly string[],
  { evalJobs, file, attr, arg, argstr, include }: RootFlags,
): string | undefined {
  if (evalJobs === undefined) return undefined;
  const others = [...words, file, attr, arg, argstr, include].filter((one) => one !== undefined);
  if (others.length === 0) return evalJobs === true ? '-' : evalJobs;
  throw new CommandError(
    'bad-argument',
    '--eval-jobs says what is to be built; leave out roots, -f, -A and what else says so. Which ' +
      'attributes are evaluated is for nix-eval-jobs to be told',
  );
}

/** Throws `bad-argument` where nothing came: then most likely nothing could be evaluated at all. */
export function assertAnyJob(jobs: readonly unknown[]): void {
  if (jobs.length > 0) return;
  throw new CommandError(
    'bad-argument',
    'nothing to build: nix-eval-jobs wrote no job; why, it has said itself if it failed',
  );
}

/** The jobs come to the command, which therefore must stay. Throws `bad-argument`. */
export function assertAttached({ detach }: BuildFlags): void {
  if (!detach) return;
  throw new CommandError(
    'bad-argument',
    '--detach cannot be used with --eval-jobs: the jobs come to this command; evaluate first, and ' +
      "build what it names: dispatch build --detach $(nix-eval-jobs … | jq -r '.drvPath // empty')",
  );
}
