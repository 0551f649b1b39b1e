import { checkPath } from '@dispatch/engine/check/check-path';
import type { CheckReport, Verdict } from '@dispatch/engine/check/check-report';
import type { Command } from 'commander';
import { checkJson, checkLines } from '../check/check-text.ts';
import { CommandError } from '../errors.ts';
import { helpText } from '../show/help-text.ts';
import { print, printJson } from '../show/standard-output.ts';
import { locateWord } from '../subjects/find-subjects.ts';
import { defineStoreFlags, type StoreFlags } from '../subjects/subject-flags.ts';
import { type SubjectWorld, withSubjectWorld } from '../subjects/subject-world.ts';

/** `dispatch check`: is what I have still good? */
export function define(command: Command): void {
  command
    .description(
      'Check whether anything that these paths were built from has been poisoned since, including ' +
        'compilers and other tools to which the result no longer refers.',
    )
    .argument('<what...>', 'paths in the store, links to them, profiles, files in the store');
  defineStoreFlags(command).addHelpText('after', helpText(help)).action(check);
}

/** 2 is not used: to shells it means wrong usage of a command. */
const exitCodes: Readonly<Record<Verdict, number>> = { valid: 0, poisoned: 3, unknown: 4 };

const help = `
The derivations are found through the deriver that the store knows of each path. Where a derivation is
gone (the path came from a cache, or the derivation was garbage-collected), the references of the path
are checked instead, and a warning says so.

Examples:
  $ dispatch check ./result
  $ dispatch check /run/current-system ~/.nix-profile
  $ dispatch check --json ./result | jq -r '.results[].poisoned[].name'

Exit codes: 0 all is valid; 3 something is poisoned; 4 nothing poisoned was found, but not everything
could be looked at; 1 an error.`;

async function check(words: readonly string[], flags: StoreFlags): Promise<void> {
  await withSubjectWorld(flags, async (world) => {
    const reports: CheckReport[] = [];
    for (const word of words) reports.push(await checkWord(word, world));
    process.exitCode = exitCodes[worst(reports)];
    if (flags.json) printJson({ results: reports.map(checkJson) });
    else for (const line of reports.flatMap((one) => checkLines(one, Date.now()))) print(line);
  });
}

/** Something poisoned outweighs something unknown. */
function worst(reports: readonly CheckReport[]): Verdict {
  if (reports.some(({ verdict }) => verdict === 'poisoned')) return 'poisoned';
  return reports.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'valid';
}

async function checkWord(word: string, world: SubjectWorld): Promise<CheckReport> {
  const path = await locateWord(word, world);
  if (path !== undefined) return checkPath(word, path, world);
  throw new CommandError(
    'bad-argument',
    `'${word}' is no path: name something that was built, such as ./result`,
  );
}
