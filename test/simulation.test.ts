import { replay } from '@dispatch/scheduler/history';
import { expect, it } from 'vitest';
import { boundsOf } from '../infra/bench/simulation/bounds.ts';
import { farmOf } from '../infra/bench/simulation/farm-of.ts';
import { playList } from '../infra/bench/simulation/play-list.ts';
import { playScheduler } from '../infra/bench/simulation/play-scheduler.ts';
import { recordedWork } from '../infra/bench/simulation/recorded-work.ts';
import { randomNumbers } from '../infra/bench/simulation/seeded.ts';
import type { Job } from '../infra/bench/simulation/work.ts';

/** The builds of everything that `hello` needs, whose graph every clone has; times come from the seed. */
function hello(seed: number): readonly Job[] {
  return recordedWork('drvs-hello', seed) ?? [];
}

it.each([1, 2, 3])('a package set is built within a tenth of the lower bound, seed %i', (seed) => {
  const offers = farmOf(2, 2, [1]);
  const jobs = hello(seed);
  expect(jobs.length).toBe(192);
  const { makespanMs } = playScheduler(jobs, offers);
  const { usual, sharper } = boundsOf(jobs, offers);
  expect(makespanMs).toBeGreaterThanOrEqual(sharper);
  expect(makespanMs).toBeLessThanOrEqual(1.1 * usual);
  expect(makespanMs).toBeLessThanOrEqual(playList(jobs, offers, 'name').makespanMs);
});

it.each([1, 2, 3])('and so by machines of different speeds, seed %i', (seed) => {
  const offers = farmOf(8, 1, [1, 1, 2, 4]);
  const jobs = hello(seed);
  expect(playScheduler(jobs, offers).makespanMs).toBeLessThanOrEqual(
    1.1 * boundsOf(jobs, offers).usual,
  );
});

/** Many small builds without dependencies, and a long chain among them. */
function wideWork(count: number): Job[] {
  const random = randomNumbers(3);
  const jobs: Job[] = [];
  for (let at = 0; at < count; at += 1) {
    const isInChain = at % 60 === 0;
    const before = jobs[at - 60];
    const durationMs = isInChain ? 60_000 : 1_000 + 20_000 * random();
    jobs.push({
      id: `/nix/store/00000000000000000000000000000000-s${at}.drv` as Job['id'],
      name: isInChain ? `z${at}` : `a${at}`,
      dependencies: isInChain && before !== undefined ? [before.id] : [],
      durationMs,
      rememberedMs: durationMs,
      outputBytes: 1_000_000,
    });
  }
  return jobs;
}

it('a farm of 100 builders builds 6,000 steps, and its history can be gone through again', () => {
  const jobs = wideWork(6_000);
  const offers = farmOf(100, 2, [1]);
  const { makespanMs, scheduler } = playScheduler(jobs, offers);
  expect(makespanMs).toBeLessThanOrEqual(1.1 * boundsOf(jobs, offers).usual);
  expect(playList(jobs, offers, 'first in, first out').makespanMs).toBeGreaterThan(makespanMs);
  const commands = [...replay(scheduler)].flat();
  const starts = commands.filter(({ type }) => type === 'start-attempt');
  expect(starts.length).toBe(jobs.length);
  expect(commands.at(-1)?.type).toBe('run-ended');
});
