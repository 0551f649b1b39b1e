import type { Decision, StepOutlook } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import type { WhyHere } from '@dispatch/scheduler/why-here';
import { expect, test } from 'vitest';
import { Placements } from '../src/runs/placements.ts';

function drv(letter: string): StorePath {
  return `/nix/store/${letter.repeat(32)}-x.drv` as StorePath;
}

const out = `/nix/store/${'0'.repeat(32)}-x` as StorePath;

const step: StepOutlook = {
  rewritten: drv('a'),
  original: drv('b'),
  name: 'x',
  system: 's',
  outputs: [{ name: 'out', original: out, rewritten: undefined }],
  dependencies: [],
  expectedMs: undefined,
};

function decision(builder: string): Decision {
  return { chosen: { builder, slowness: 1, heldBytes: 0 }, passedOver: [], untold: 3 };
}

const waits: WhyHere = {
  phase: 'ready',
  waitsFor: [],
  hubFault: 'gone',
  chosen: undefined,
  passedOver: [{ builder: 'p', reasons: [{ type: 'draining' }] }],
  untold: 0,
};

function planned(): Placements {
  const placements = new Placements();
  const others = { ...step, rewritten: drv('c'), original: drv('c'), outputs: [] };
  placements.note({
    type: 'planned',
    steps: [step, others],
    substitutes: [],
    present: 0,
    groups: [],
  });
  return placements;
}

test('a step is known by all its paths, and by a name that others may have, too', () => {
  const placements = planned();
  for (const word of [drv('a'), drv('b'), out]) expect(placements.called(word)).toEqual([drv('a')]);
  expect(placements.called('x')).toEqual([drv('a'), drv('c')]);
  expect(placements.called('y')).toEqual([]);
  expect(placements.placeOf(drv('d'))).toBeUndefined();
});

test('while a step waits, what holds now is told; then what held when its last builder was chosen', () => {
  const placements = planned();
  expect(placements.placeOf(drv('a'))).toMatchObject({ phase: 'waiting', original: drv('b') });
  let now: WhyHere | undefined = waits;
  placements.asks = () => now;
  expect(placements.placeOf(drv('a'))).toMatchObject(waits);
  placements.note({ type: 'step-placed', step: drv('a'), decision: decision('p') });
  now = { ...waits, phase: 'running', chosen: { builder: 'p', slowness: 9, heldBytes: 9 } };
  expect(placements.placeOf(drv('a'))).toMatchObject({ phase: 'running', ...decision('p') });
  now = waits;
  expect(placements.placeOf(drv('a'))).toMatchObject(waits);
  placements.note({ type: 'step-placed', step: drv('a'), decision: decision('q') });
  const result = { type: 'succeeded', builder: 'q', attempt: 2 } as const;
  const about = { durationMs: 1, logFile: undefined, lastLines: [] };
  placements.note({ type: 'step-ended', step: drv('a'), name: 'x', result, ...about });
  now = undefined;
  expect(placements.placeOf(drv('a'))).toMatchObject({ phase: 'ended', result, ...decision('q') });
});

test('when the run has ended, a step without a result waits for nothing, and its last machine is told', () => {
  const placements = planned();
  placements.note({ type: 'step-placed', step: drv('a'), decision: decision('p') });
  placements.end();
  expect(placements.placeOf(drv('a'))).toMatchObject({ phase: 'dropped', ...decision('p') });
  expect(placements.placeOf(drv('c'))).toMatchObject({ phase: 'dropped', chosen: undefined });
});
