import { setTimeout as delay } from 'node:timers/promises';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'one', slots: 3 },
      { name: 'two', slots: 2 },
    ],
  });
  world = await FarmWorld.open(farm);
  world.share();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

const seed = Number(process.env['DISPATCH_TEST_SEED'] ?? Date.now() % 100_000);
let state = seed;

/** A number from 0 up to a limit; the same seed gives the same numbers. */
function chance(below: number): number {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((state / 2 ** 31) * below);
}

/** Derivations of which each needs up to two of those before it. */
function recipe(at: number): string {
  const inputs = at < 5 ? [] : [...new Set([`n${chance(at)}`, `n${chance(at)}`])];
  const reads = inputs.map((input) => `$${input}`).join(' ');
  const script = `echo begins; sleep 0.${chance(4)}; echo ${reads} > $out`;
  return `n${at} = shell "n${at}" "${script}" { seed = ${seed}; inherit ${inputs.join(' ')}; };`;
}

async function runAfterAWhile(drvs: readonly StorePath[], isCancelled: boolean): Promise<unknown> {
  const roots = [...new Set([0, 1, 2].map(() => drvs[20 + chance(20)]!))];
  const [comes, goes] = [chance(3000), chance(2000)];
  await delay(comes);
  const signal = isCancelled ? AbortSignal.timeout(goes) : new AbortController().signal;
  const report = await world.run(roots, { signal, keepGoing: true });
  return report.outcome;
}

it(`many runs share a graph, and half of them are cancelled: the others lose nothing by it (DISPATCH_TEST_SEED=${seed})`, async () => {
  const names = Array.from({ length: 40 }, (_, at) => `n${at}`);
  const drvs = await instantiate(farm, names.map((_, at) => recipe(at)).join('\n'), ...names);
  const runs = Array.from({ length: 8 }, (_, at) => runAfterAWhile(drvs, at % 2 === 1));
  const ends = await Promise.allSettled(runs);
  const steady = ends.filter((_, at) => at % 2 === 0);
  for (const end of steady) expect(end).toEqual({ status: 'fulfilled', value: 'succeeded' });
  expect(world.eventsOf('attempt-lost')).toEqual([]);
  const attempts = new Set<string>();
  const steps = new Set<string>();
  for (const { name, result } of world.eventsOf('step-ended')) {
    if (result.type !== 'succeeded') continue;
    steps.add(name);
    attempts.add(`${name} ${result.attempt}`);
  }
  // A run may be planned before another's result is remembered, and begin after that run has ended.
  expect(attempts.size - steps.size).toBeLessThanOrEqual(1);
});
