import type { PlannedGroup, RunEvent } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { BuildingSteps } from '../src/runs/building-steps.ts';

function drv(name: string): StorePath {
  return `/nix/store/${'0'.repeat(32)}-${name}.drv` as StorePath;
}

function started(name: string): RunEvent {
  return { type: 'step-started', step: drv(name), name, builder: 'b' };
}

function namesAfter(...events: RunEvent[]): string[] {
  const building = new BuildingSteps();
  for (const event of events) building.note(event);
  return building.all.map(({ name }) => name);
}

const members = ['board', 'client'].map((name) => ({ name, role: name, step: drv(name) }));
const group: Partial<PlannedGroup> = { group: drv('board'), members };
const planned = { type: 'planned', groups: [group] } as unknown as RunEvent;
const all = [planned, ...['board', 'client', 'other'].map(started)];

test('a step is being built from its start until it ends, is lost, moved, or lacks its inputs', () => {
  expect(namesAfter(...all)).toEqual(['board', 'client', 'other']);
  for (const type of ['attempt-lost', 'attempt-moved', 'inputs-lost', 'step-ended'] as const) {
    const over = { type, step: drv('client'), name: 'client' } as unknown as RunEvent;
    expect(namesAfter(...all, over)).toEqual(['board', 'other']);
  }
});

test('no member of a group that went back into line is being built, whichever caused it', () => {
  const lost: RunEvent = {
    type: 'attempt-lost',
    step: drv('client'),
    name: 'client',
    builder: 'b',
    reason: 'gone',
  };
  const requeued: RunEvent = { type: 'group-requeued', group: drv('board'), reason: 'gone' };
  expect(namesAfter(...all, lost, requeued)).toEqual(['other']);
  expect(namesAfter(...all, lost, requeued, started('board'))).toEqual(['other', 'board']);
});
