import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import {
  array,
  boolean,
  assert as check,
  constantFrom,
  integer,
  property,
  record,
} from 'fast-check';
import { expect, it } from 'vitest';
import { usualGroupPolicy } from '../src/groups/group-policy.ts';
import { type RoundsResult, RunRounds } from '../src/groups/run-rounds.ts';
import { PlayedRun, type Unit } from './played-rounds.ts';

const units = array(
  record({
    isGroup: boolean(),
    losses: integer({ min: 0, max: 3 }),
    fails: constantFrom(true, false, false, false),
    needs: array(integer({ min: 0, max: 8 }), { maxLength: 3 }),
    turn: integer({ min: 0, max: 100 }),
  }),
  { minLength: 2, maxLength: 9 },
);

function played(world: readonly Unit[], run: PlayedRun): RoundsResult {
  const policy = { ...usualGroupPolicy, retries: 2 };
  const groups = Object.fromEntries(world.map((_, unit) => [unit, policy]));
  const rounds = new RunRounds({ groups, keepGoing: true });
  for (;;) {
    const prepared = run.prepare(rounds);
    const results = run.carryOut(prepared);
    if (!rounds.goAgain(prepared, results, new Set())) {
      return rounds.total(prepared.announced, results);
    }
  }
}

/** What something may stand on in vain. */
function isOfItself(result: StepResult | undefined): boolean {
  return result !== undefined && !isGood(result) && result.type !== 'dependency-failed';
}

it('whatever is lost and fails, in whichever order: each step is told of once, and blames what failed', () => {
  check(
    property(units, (world) => {
      const run = new PlayedRun(world);
      const { steps, results } = played(world, run);
      const names = steps.map(({ name }) => name);
      expect(names.toSorted()).toEqual(run.steps.map(({ name }) => name).toSorted());
      const listed = new Set<StorePath>(steps.map(({ rewritten }) => rewritten));
      const isToBlame = (path: StorePath): boolean =>
        listed.has(path) && isOfItself(results.get(path));
      const wrong = steps.filter(({ rewritten }) => {
        const result = results.get(rewritten);
        if (result?.type !== 'dependency-failed') return result === undefined;
        return !isToBlame(result.cause);
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
