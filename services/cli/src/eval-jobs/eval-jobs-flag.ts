import type { BuildFlags } from '../build/build-flags.ts';
import { CommandError } from '../errors.ts';
import type { RootFlags } from '../roots/root-flags.ts';

/**
 * The file to read jobs from, `-` for standard input; undefined without `--eval-jobs`. Throws
 * `bad-argument` where roots are given in another way, too.
 */
export function jobsFile(
  words: readonly string[],
  { evalJobs, ...flags }: RootFlags,
): string | undefined {
  if (evalJobs === undefined) return undefined;
  const { file, expr, attr, arg, argstr, include, impure, overrideInput } = flags;
  const others = [file, expr, attr, arg, argstr, include, impure, overrideInput];
  const isAlone = words.length === 0 && others.every((one) => one === undefined);
  if (isAlone) return evalJobs === true ? '-' : evalJobs;
  throw new CommandError(
    'bad-argument',
    '--eval-jobs says what is to be built: leave out roots, -f, -E, -A, --arg, --argstr, -I, --impure ' +
      'and --override-input, and tell nix-eval-jobs what to evaluate',
  );
}

/** Throws `bad-argument` where there is no job: most likely nothing could be evaluated at all. */
export function assertAnyJob(jobs: readonly unknown[]): void {
  if (jobs.length > 0) return;
  throw new CommandError(
    'bad-argument',
    'nothing to build: nix-eval-jobs wrote no job; if it failed, it has printed why',
  );
}

/** Throws `bad-argument` for `--detach`: the command has to stay, since it reads the jobs. */
export function assertAttached({ detach }: BuildFlags): void {
  if (!detach) return;
  throw new CommandError(
    'bad-argument',
    '--detach cannot be used with --eval-jobs: the jobs come to this command; evaluate first, and ' +
      "build what it names: dispatch build --detach $(nix-eval-jobs … | jq -r '.drvPath // empty')",
  );
}
