import { existsSync } from 'node:fs';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { locatePath } from '@dispatch/engine/resolve/locate-path';
import { readSubject, resolveSubject } from '@dispatch/engine/resolve/resolve-subject';
import type { Subject } from '@dispatch/engine/resolve/subject';
import type { StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';
import { withEvaluated } from '../roots/evaluate-expression.ts';
import { evaluatorWords, flakeWords, namedSource } from '../roots/evaluation-flags.ts';
import { evaluateInstallable } from '../roots/installable.ts';
import type { SubjectFlags } from './subject-flags.ts';
import type { SubjectWorld } from './subject-world.ts';

/** A derivation that was named, and how. */
export interface NamedSubject {
  readonly subject: Subject;
  /** `path`: by something that exists; `expression`: by what an expression gives now. */
  readonly by: 'path' | 'expression';
}

/**
 * Finds all that was named, evaluating where that is needed, and hands it to `use`; what a file gave is
 * protected from garbage collection meanwhile. Throws `bad-argument`, `unknown-derivation`, and what
 * evaluating throws.
 */
export async function withSubjects<Result>(
  words: readonly string[],
  flags: SubjectFlags,
  world: SubjectWorld,
  use: (subjects: readonly NamedSubject[]) => Promise<Result>,
): Promise<Result> {
  const named: NamedSubject[] = [];
  for (const word of words) named.push(await findSubject(word, flags, world));
  const source = namedSource(flags);
  if (source === undefined) {
    if (flags.attr !== undefined)
      throw wrong('-A names an attribute of a file: say which with -f FILE or -E EXPRESSION');
    if (named.length === 0)
      throw wrong('say which derivation: a path, .#attribute, -f FILE or -E EXPRESSION');
    return use(named);
  }
  const evaluation = { source, attributes: flags.attr ?? [], passedOn: evaluatorWords(flags) };
  return withEvaluated(evaluation, new AbortController().signal, async (roots) => {
    for (const root of roots) named.push(await evaluated(root.drvPath, root, world));
    return use(named);
  });
}

/** Finds what one word names: a path that leads into the store, else an installable for `nix` to evaluate. */
export async function findSubject(
  word: string,
  flags: SubjectFlags,
  world: SubjectWorld,
): Promise<NamedSubject> {
  const path = await locateWord(word, world);
  if (path !== undefined) return { subject: await resolveSubject(word, path, world), by: 'path' };
  const told = [...evaluatorWords(flags), ...flakeWords(flags)];
  const root = await evaluateInstallable(word, told, new AbortController().signal);
  return evaluated(word, root, world);
}

/**
 * The path in the store that a word leads to; undefined for what can only be an expression. Throws
 * `bad-argument` for a path that leads elsewhere.
 */
export async function locateWord(
  word: string,
  { root }: SubjectWorld,
): Promise<StorePath | undefined> {
  const path = await locatePath(word, root);
  if (path !== undefined) return path;
  if (word.endsWith('.nix')) {
    throw wrong(`'${word}' is a Nix file: name what it describes with -f ${word} -A ATTRIBUTE`);
  }
  const isPath = word.startsWith('/') || /^\.{1,2}\/[^#]*$/.test(word) || existsSync(word);
  if (isPath) {
    const what = existsSync(word) ? 'it does not lead into the store' : 'there is no such file';
    throw wrong(`'${word}' is nothing that was built: ${what}`);
  }
  if (!word.includes('#')) {
    throw wrong(
      `'${word}' names nothing: give a path, a link, .#attribute, or -f FILE -A ATTRIBUTE`,
    );
  }
  return undefined;
}

async function evaluated(
  word: string,
  { drvPath }: RequestedRoot,
  world: SubjectWorld,
): Promise<NamedSubject> {
  return { subject: await readSubject(word, drvPath, drvPath, world), by: 'expression' };
}

function wrong(message: string): CommandError {
  return new CommandError('bad-argument', message);
}
