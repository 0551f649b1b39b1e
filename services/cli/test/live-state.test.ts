import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimate } from '../src/live/estimate.ts';
import type { LiveState } from '../src/live/live-state.ts';
import { after, copying, drv, ended, history, plan, ready, started } from './live-histories.ts';

/** Everything that is counted on the way, counted anew. */
function recount({ plan: known, running }: LiveState): object {
  const steps = [...(known?.steps.values() ?? [])];
  const at = (stage: string): number => steps.filter((step) => step.stage === stage).length;
  const open = steps.filter(({ stage }) => stage === 'waiting' || stage === 'running');
  const isMissing = new Set(steps.filter(({ stage }) => stage !== 'built'));
  const waitsFor = (path: string): number =>
    steps.filter((step) => isMissing.has(step) && step.dependants.some((d) => d.path === path))
      .length;
  return {
    waiting: at('waiting'),
    ready: steps.filter(({ stage, path }) => stage === 'waiting' && waitsFor(path) === 0).length,
    built: at('built'),
    failed: at('failed'),
    dropped: at('dropped'),
    running: [...running].every(({ stage }) => stage === 'running') ? at('running') : NaN,
    attempts: steps.filter(({ attempt }) => attempt !== undefined).length,
    waitsFor: steps.map(({ path }) => waitsFor(path)),
    remainingMs: open.reduce((sum, { expectedMs = 0 }) => sum + expectedMs, 0),
    unremembered: open.filter(({ expectedMs }) => expectedMs === undefined).length,
  };
}

test('whatever happens in whatever order, what is counted on the way is so', () => {
  fc.assert(
    fc.property(history, (events) => {
      const state = after(events);
      const { counts, running, remainingMs, unremembered } = state;
      const steps = [...(state.plan?.steps.values() ?? [])];
      expect({
        ...counts,
        running: running.size,
        attempts: running.size,
        waitsFor: steps.map((step) => step.waitsFor),
        remainingMs,
        unremembered,
      }).toEqual(recount(state));
    }),
  );
});

test('bytes that were copied are counted to the end, also of copies that told of no end', () => {
  const arrived = { type: 'copy-ended', copy: 1, outcome: 'arrived' } as const;
  const failed = { type: 'copy-ended', copy: 2, outcome: 'failed' } as const;
  const events = [copying(1, undefined, 0), copying(2, undefined, 3_000_000), arrived, failed];
  expect(after(events).copiedBytes).toBe(13_000_000);
});

test('an estimate: all builders together, or what waits longest', () => {
  const wide = plan({ a: [], b: [], c: [], d: [] }, { a: 4000, b: 4000, c: 4000, d: 4000 });
  const farm = [ready('one', 1), ready('two', 1)];
  // Two of them are begun at 3 s and 4 s; so at 5 s there are 16 - 3 s of work for two.
  const begun = [...farm, wide, started('a'), started('b')];
  expect(estimate(after(begun), 5000)).toEqual({ milliseconds: 6500, isLeast: false });
  const chain = plan({ a: [], b: ['a'], c: ['b'] }, { a: 4000, b: 4000, c: 4000 });
  const first = after([...farm, chain, started('a')]);
  expect(estimate(first, 5000)?.milliseconds).toBeCloseTo(10_000, -2);
  // What takes longer than the last time does not make the rest shorter.
  expect(estimate(first, 60_000)?.milliseconds).toBeCloseTo(8000, -2);
});

test('an estimate does not count the copying of inputs as building', () => {
  const farm = [ready('one', 1), plan({ a: [] }, { a: 30_000 })];
  const copied = [...farm, started('a'), copying(1, 'a', 0)];
  expect(estimate(after(copied), 40_000)?.milliseconds).toBeCloseTo(30_000, -2);
  const arrived = { type: 'copy-ended', copy: 1, outcome: 'arrived' } as const;
  // At 4 s; so at 14 s there are 20 s left.
  expect(estimate(after([...copied, arrived]), 14_000)?.milliseconds).toBeCloseTo(20_000, -2);
});

test('no estimate from nothing, and a careful one from little', () => {
  expect(estimate(after([plan({ a: [] })]), 0)).toBeUndefined();
  expect(estimate(after([plan({ a: [], b: [], c: [] }, { a: 4000 })]), 0)).toBeUndefined();
  const half = after([plan({ a: [], b: [] }, { a: 4000 }), started('a')]);
  expect(estimate(half, 1000)).toEqual({ milliseconds: 4001, isLeast: true });
});

test('a step that is over stays over, when its output has to be restored for another', () => {
  const events = [plan({ a: [], b: ['a'] }), started('a'), ended('a'), started('b'), started('a')];
  const state = after(events);
  expect([...state.running].map(({ path }) => path)).toEqual([drv('b')]);
  expect(state.counts).toMatchObject({ built: 1, waiting: 0 });
});

test('a further plan adds what is new, and has tried anew what came to nothing', () => {
  const first = [plan({ a: [], b: ['a'] }), started('a'), ended('a', 'failed')];
  const dropped = ended('b', 'dependency-failed');
  const state = after([...first, dropped, plan({ a: [], b: ['a'], c: ['a'] })]);
  expect(state.counts).toEqual({ waiting: 3, ready: 1, built: 0, failed: 0, dropped: 0 });
  expect(state.failed).toEqual([]);
});

test('what a further plan adds does not wait for what is built', () => {
  const events = [plan({ a: [] }), started('a'), ended('a'), plan({ a: [], b: ['a'] })];
  expect(after(events).counts).toMatchObject({ waiting: 1, ready: 1, built: 1 });
});
