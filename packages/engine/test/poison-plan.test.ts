import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { formInHand } from '../src/poison/form-in-hand.ts';
import { distinctSubjects } from '../src/poison/poison-plan.ts';
import type { Subject } from '../src/resolve/subject.ts';

function standing(serial: number, knownEpoch: number): Parameters<typeof formInHand>[1] {
  return { serial, knownEpoch, record: undefined };
}

test.each([
  ['never poisoned', 0, standing(0, 0), 'current'],
  ['the serial that counts', 3, standing(3, 3), 'current'],
  ['poisoned since', 0, standing(1, 1), 'stale'],
  ['poisoned once more since', 1, standing(2, 2), 'stale'],
  ['cleared since', 1, standing(0, 2), 'stale'],
  ['poisoned and cleared since', 0, standing(0, 2), 'current'],
  ['somebody else’s poison', 4, standing(2, 3), 'unproven'],
  ['somebody else’s first poison', 1, standing(0, 0), 'unproven'],
  ['a rewritten form that no longer tells', undefined, standing(2, 2), 'current'],
] as const)('a form in hand: %s', (_, carried, now, form) => {
  expect(formInHand({ carried }, now)).toBe(form);
});

function subject(word: string, paths: readonly string[], carried: 0 | undefined = 0): Subject {
  const [drvPath = '', ...outputPaths] = paths as StorePath[];
  const identity = { drvPath: drvPath as StorePath, outputPaths };
  const names = {
    original: identity.drvPath,
    rewritten: identity.drvPath,
    name: word,
    system: 'x',
  };
  const step = { ...names, outputs: [] };
  return { from: 'run', word, path: identity.drvPath, name: word, identity, step, carried };
}

test('things in hand that share a derivation or an output are one', () => {
  const subjects = [
    subject('a', ['/a.drv', '/out']),
    subject('b', ['/b.drv', '/other']),
    subject('a again', ['/a.drv', '/out']),
    subject('a fetched otherwise', ['/a2.drv', '/out']),
  ];
  expect(distinctSubjects(subjects).map(({ word }) => word)).toEqual(['a', 'b']);
});
