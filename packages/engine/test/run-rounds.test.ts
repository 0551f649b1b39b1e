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
    lateLosses: constantFrom(0, 0, 1, 3),
    fails: constantFrom(true, false, false, false),
    checkFails: boolean(),
    needs: array(integer({ min: 0, max: 8 }), { maxLength: 3 }),
    turn: integer({ min: 0, max: 100 }),
  }),
  { minLength: 2, maxLength: 9 },
);

const retries = 2;

function played(world: readonly Unit[], run: PlayedRun, keepGoing: boolean): RoundsResult {
  const policy = { ...usualGroupPolicy, retries };
  const groups = Object.fromEntries(world.map((_, unit) => [unit, policy]));
  const rounds = new RunRounds({ groups, keepGoing });
  for (;;) {
    const prepared = run.prepare(rounds);
    const results = run.carryOut(prepared, keepGoing);
    if (!rounds.goAgain(prepared, results, run.lostMembers)) {
      return rounds.total(prepared.announced, results);
    }
  }
}

/** Whether a step failed by itself, and others may do so because of it. */
function isOfItself(result: StepResult | undefined): boolean {
  return result !== undefined && !isGood(result) && result.type !== 'dependency-failed';
}

it('whatever is lost and fails, in whichever order: what fails does once, and each blames what failed', () => {
  check(
    property(units, (world) => {
      const run = new PlayedRun(world);
      const { steps, results } = played(world, run, true);
      // What counted and was lost is built again, and so is what was built together with it.
      expect(new Set(steps.map(({ name }) => name))).toEqual(
        new Set(run.steps.map(({ name }) => name)),
      );
      const bad = steps.filter(({ rewritten }) => !isGood(results.get(rewritten)!));
      expect(bad).toHaveLength(new Set(bad.map(({ name }) => name)).size);
      const listed = new Set<StorePath>(steps.map(({ rewritten }) => rewritten));
      const isToBlame = (path: StorePath): boolean =>
        listed.has(path) && (isOfItself(results.get(path)) || run.lostMembers.has(path));
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

it('what is lost as often as it may be tried again, and never fails, is built in the end', () => {
  check(
    property(units, boolean(), (lossy, keepGoing) => {
      const world = lossy.map(({ losses, lateLosses, ...unit }) => ({
        ...unit,
        losses: Math.min(losses, retries),
        lateLosses: Math.min(lateLosses, retries - Math.min(losses, retries)),
        fails: false,
        checkFails: false,
      }));
      const { results } = played(world, new PlayedRun(world), keepGoing);
      expect([...results.values()].filter((result) => !isGood(result))).toEqual([]);
    }),
  );
});
