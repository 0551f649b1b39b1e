import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AttemptId, BuilderOffer } from '../src/event.ts';
import { Driver, groupOf, offer, request, stepId } from './driver.ts';

const memberNames = ['1', '2', '3', '4'];

/** Asks for a group of four that need all machines but a few. */
function askForGroup(driver: Driver, run: string): void {
  const members = memberNames.map((at) => request(`${run}${at}`, { weight: 60_000 }));
  const join = request(run, { dependencies: members.map(({ id }) => id) });
  driver.runGroups(
    run,
    [...members, join],
    groupOf(
      run,
      memberNames.map((at) => `${run}${at}`),
    ),
  );
}

/** A farm that always has something else to do, of any length, as is known or not. */
class BusyFarm {
  readonly driver: Driver = new Driver();
  #added = 0;

  constructor(slots: readonly number[]) {
    const offers = slots.map((count, at): BuilderOffer => offer(`m${at}`, { slots: count }));
    this.driver.builders(...offers);
    for (let at = 0; at < 6; at += 1) this.addSingle(100);
  }

  addSingle(weight: number | undefined): void {
    this.#added += 1;
    const name = `s${this.#added}`;
    this.driver.run(name, [request(name, { weight })]);
  }

  /** Of all that runs, but for what members do. */
  endSingle(number: number): AttemptId | undefined {
    const singles = [...this.driver.running].filter(([, { step }]) => step.startsWith('s'));
    const [attempt] = singles[number % Math.max(1, singles.length)] ?? [];
    if (attempt !== undefined) {
      this.driver.feed({ type: 'attempt-ended', attempt, outcome: { type: 'succeeded' } });
    }
    return attempt;
  }

  started(): string[] {
    return this.driver.commands.flatMap((one) =>
      one.type === 'start-group' ? [String(one.group)] : [],
    );
  }
}

const turns = fc.array(
  fc.record({ end: fc.nat(20), weight: fc.constantFrom(undefined, 0, 1, 100, 10_000) }),
  { minLength: 60, maxLength: 60 },
);

it('two large groups begin however many builds come, and end in any order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([1, 1, 2, 2], { minLength: 4 }), turns, (slots, history) => {
      const farm = new BusyFarm(slots);
      askForGroup(farm.driver, 'g');
      askForGroup(farm.driver, 'h');
      farm.driver.waited('g');
      farm.driver.waited('h');
      let isFirstOver = false;
      for (const { end, weight } of history) {
        farm.addSingle(weight);
        // The oldest ends sooner or later, whatever comes after it.
        farm.endSingle(end % 3 === 0 ? 0 : end);
        const [first] = farm.started();
        if (first === undefined || isFirstOver) continue;
        isFirstOver = true;
        const group = first === stepId('g') ? 'g' : 'h';
        farm.driver.started(group);
        for (const at of memberNames) farm.driver.succeed(`${group}${at}`);
        farm.driver.committed(group);
      }
      expect(farm.started().toSorted()).toEqual([stepId('g'), stepId('h')]);
    }),
    { numRuns: 200 },
  );
});
