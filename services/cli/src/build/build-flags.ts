import { type Command, InvalidArgumentError } from 'commander';
import type { RootSelection } from '../roots/requested-roots.ts';
import type { WorldOptions } from '../world/open-world.ts';
import { keptLogFolders } from './log-folders.ts';

/** The options of `dispatch build` as commander hands them over. */
export interface BuildFlags extends WorldOptions {
  readonly file?: string;
  readonly attr?: readonly string[];
  readonly arg?: readonly string[];
  readonly argstr?: readonly string[];
  readonly include?: readonly string[];
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly outLink?: string;
  /** False after `--no-link`. */
  readonly link: boolean;
  readonly printBuildLogs?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** Says what `dispatch build` takes. */
export function defineBuildFlags(command: Command): void {
  command
    .argument('[roots...]', '.drv paths, links to them, either with !out,dev; or installables')
    .option('-f, --file <file>', 'evaluate this Nix file with nix-instantiate')
    .option('-A, --attr <attribute>', 'build this attribute of the file; may be repeated', each)
    .option('--arg <name> <value>', 'pass an expression to the function in the file', each)
    .option('--argstr <name> <value>', 'pass a string to it', each)
    .option('-I, --include <path>', 'add to the search path of the evaluation', each)
    .option('--builders <machines>', "machines as Nix's 'builders' has them; @FILE reads a file")
    .option('-j, --max-jobs <number>', 'builds at a time on the local daemon', wholeNumber)
    .option('--connect-timeout <seconds>', 'until a silent machine is given up', positive)
    .option('--store <uri>', 'where results go; by default the local daemon')
    .option('--ledger <url>', 'what is remembered between runs: lmdb:DIRECTORY or memory:')
    .option('-k, --keep-going', 'after a failure, build what does not depend on it')
    .option('-o, --out-link <name>', 'name of the links to the results', 'result')
    .option('--no-link', 'make no links')
    .option('--dry-run', 'say what would be built, and build nothing')
    .option('-L, --print-build-logs', 'show what builds print')
    .option('--json', 'print one object that says what came of it')
    .option('-q, --quiet', 'show failures only')
    .option('--debug', 'write every event as a line of JSON to standard error')
    .addHelpText('after', afterHelp);
  takePairs(command, ['--arg', '--argstr']);
}

const afterHelp = `
Without roots, the file default.nix is built, as by nix-build. The machines are those of --builders,
else of nix.conf, else of /etc/nix/machines; without any, and with -j, the local daemon builds.

Exit codes are those of Nix: 100 a build failed, 101 one timed out, 102 one had the wrong hash, 104
one was not deterministic (several are OR-ed); 1 for anything else, 130 after Ctrl-C.

Whole build logs are in $XDG_STATE_HOME/dispatch/logs (by default ~/.local/state/dispatch/logs), one
folder a run; those of the last ${keptLogFolders} runs are kept.`;

/** What is to be evaluated, and with which words for the evaluator. */
export function rootSelection(words: readonly string[], flags: BuildFlags): RootSelection {
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

function each(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 up.');
}

function positive(text: string): number {
  const number = wholeNumber(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('It must be above 0.');
}

/**
 * Nix's `--arg name value` takes two words, and commander's options take one; so the two are made
 * one before it looks.
 */
function takePairs(command: Command, options: readonly string[]): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => parse(joinPairs(argv, options));
}

function joinPairs(argv: readonly string[], options: readonly string[]): string[] {
  const [word, name, value, ...rest] = argv;
  if (word === undefined || word === '--') return [...argv];
  if (options.includes(word) && name !== undefined && value !== undefined) {
    return [`${word}=${name}=${value}`, ...joinPairs(rest, options)];
  }
  return [word, ...joinPairs(argv.slice(1), options)];
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
