import { type PoisonCost, poisonCost } from '@dispatch/engine/poison/poison-cost';
import type { PlannedPoison } from '@dispatch/engine/poison/poison-plan';
import { rootsOfLastRuns } from '@dispatch/engine/poison/roots-of-last-runs';
import type { StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';
import { findSubject } from '../subjects/find-subjects.ts';
import type { SubjectFlags } from '../subjects/subject-flags.ts';
import type { SubjectWorld } from '../subjects/subject-world.ts';

/** What it costs, and within what. */
export interface PricedPoison {
  readonly cost: PoisonCost;
  readonly within: 'roots' | 'last-runs';
  readonly roots: readonly StorePath[];
  /** Roots of the last runs whose derivations are gone. */
  readonly gone: readonly StorePath[];
}

/** Prices a poisoning within the roots that are named, else within those of the last runs. */
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

async function namedRoots(
  words: readonly string[],
  flags: SubjectFlags,
  world: SubjectWorld,
): Promise<StorePath[]> {
  const roots: StorePath[] = [];
  for (const word of words) {
    const { subject } = await findSubject(word, flags, world);
    if (subject.from === 'run') throw goneRoot(word, subject.step.rewritten);
    roots.push(subject.drvPath);
  }
  return roots;
}

function goneRoot(word: string, drvPath: StorePath): CommandError {
  return new CommandError(
    'bad-argument',
    `what it costs in '${word}' cannot be said: ${drvPath} is gone. Instantiate it again, or leave ` +
      '--in out',
  );
}
