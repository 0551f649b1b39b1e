import type { StorePath } from '@dispatch/nix/store-path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkName } from '../src/eval-jobs/link-name.ts';

function nameFor(attr: string): string {
  const drvPath = `/nix/store/${'0'.repeat(32)}-a.drv` as StorePath;
  return linkName({ type: 'job', attr, drvPath });
}

test('links are called as their attributes, as far as a file may be', () => {
  expect(nameFor('x86_64-linux.hello')).toBe('x86_64-linux.hello');
  expect(nameFor('../a/"b.c"')).toBe('..%2Fa%2F%22b.c%22');
  expect(nameFor('ä')).toBe('%C3%A4');
  expect(nameFor('')).toBe('0'.repeat(32));
  expect(nameFor('a'.repeat(300))).toBe(`${'a'.repeat(118)}-${'0'.repeat(32)}`);
});

test('whatever an attribute is called, its links are files of a folder', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (attr) => {
      expect(nameFor(attr)).toMatch(/^[\w.+=%-]{1,211}$/);
    }),
  );
});
