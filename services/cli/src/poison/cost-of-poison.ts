import { findBuildClosure } from '@dispatch/engine/check/build-closure';
import { type PoisonCost, poisonCost } from '@dispatch/engine/poison/poison-cost';
import type { PlannedPoison } from '@dispatch/engine/poison/poison-plan';
import { rootsOfLastRuns } from '@dispatch/engine/poison/roots-of-last-runs';
import type { StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';
import { findSubject, locateWord } from '../subjects/find-subjects.ts';
import type { SubjectFlags } from '../subjects/subject-flags.ts';
import type { SubjectWorld } from '../subjects/subject-world.ts';

/** What a poisoning costs, and in which roots. */
export interface PricedPoison {
  readonly cost: PoisonCost;
  readonly within: 'roots' | 'last-runs';
  readonly roots: readonly StorePath[];
  /** Roots of the last runs whose derivations are gone. */
  readonly gone: readonly StorePath[];
}

/** What a poisoning costs in the roots that are named, else in those of the last runs. */
export async function priceOf(
  planned: readonly PlannedPoison[],
  rootWords: readonly string[],
  flags: SubjectFlags,
  world: SubjectWorld,
): Promise<PricedPoison> {
  const isNamed = rootWords.length > 0;
  const { roots, gone } = isNamed
    ? { roots: await namedRoots(rootWords, flags, world), gone: [] }
    : await rootsOfLastRuns(world.ledger.runs, world.hub);
  const coming = planned.map(({ subject, serial }) => ({ identity: subject.identity, serial }));
  const cost = await poisonCost(coming, roots, world);
  return { cost, within: isNamed ? 'roots' : 'last-runs', roots, gone };
}

/** The derivations of the roots; of a profile, whose own derivation depends on none, those of its packages. */
async function namedRoots(
  words: readonly string[],
  flags: SubjectFlags,
  world: SubjectWorld,
): Promise<StorePath[]> {
  const roots: StorePath[] = [];
  for (const word of words) {
    const path =
      (await locateWord(word, world)) ?? (await findSubject(word, flags, world)).subject.path;
    const { drvPaths } = await findBuildClosure(path, world);
    if (drvPaths.length === 0) throw goneRoot(word, path);
    roots.push(...drvPaths);
  }
  return roots;
}

function goneRoot(word: string, path: StorePath): CommandError {
  return new CommandError(
    'bad-argument',
    `what it costs in '${word}' cannot be said: the derivation of ${path} is not there. Instantiate it ` +
      'again, or leave --in out',
  );
}
