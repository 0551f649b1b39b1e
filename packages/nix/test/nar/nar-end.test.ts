import { NarEndFinder } from '@dispatch/nix/nar/nar-end';
import { maximumNarDepth } from '@dispatch/nix/nar/nar-parser';
import { narOfFile } from '@dispatch/nix/nar/nar-writer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusalOf } from '../refusal.ts';
import { anyNode, chunksOf, narOf, rawNar } from './arbitraries.ts';

const narAndRest = fc
  .tuple(anyNode.map(narOf), fc.uint8Array({ maxLength: 30 }))
  .chain(([nar, rest]) =>
    chunksOf(Buffer.concat([nar, rest])).map((chunks) => ({ length: nar.length, chunks })),
  );

describe('the end of a NAR', () => {
  test('is found to the byte, however the stream is cut', () => {
    fc.assert(
      fc.property(narAndRest, ({ length, chunks }) => {
        const finder = new NarEndFinder();
        let taken = 0;
        for (const chunk of chunks) {
          const wasDone = finder.done;
          const count = finder.push(chunk);
          expect(count <= chunk.length && (!wasDone || count === 0)).toBe(true);
          expect(finder.done || count === chunk.length).toBe(true);
          taken += count;
        }
        expect(taken).toBe(length);
        finder.end();
      }),
      { numRuns: 500 },
    );
  });

  test('is not found before the last byte', () => {
    fc.assert(
      fc.property(anyNode.map(narOf), (nar) => {
        const finder = new NarEndFinder();
        expect(finder.push(nar.subarray(0, -1))).toBe(nar.length - 1);
        expect(finder.done).toBe(false);
        expect(() => finder.end()).toThrowError(
          expect.objectContaining({ code: 'bad-nar', position: nar.length - 1 }),
        );
        expect(finder.push(nar.subarray(-1))).toBe(1);
        expect(finder.done).toBe(true);
      }),
    );
  });

  test('is found when lengths of several bytes come byte by byte', () => {
    const nar = narOfFile(new Uint8Array(70_000));
    const finder = new NarEndFinder();
    const taken = nar.reduce((total, byte) => total + finder.push(Uint8Array.of(byte)), 0);
    expect(taken).toBe(nar.length);
    expect(finder.done).toBe(true);
  });

  test('is found in a hurry behind a big file', () => {
    const nar = narOfFile(new Uint8Array(2 ** 27));
    const finder = new NarEndFinder();
    const before = performance.now();
    for (let at = 0; at < nar.length; at += 65_536) finder.push(nar.subarray(at, at + 65_536));
    expect(finder.done).toBe(true);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

const file = ['(', 'type', 'regular', 'contents', '', ')'];

function entry(name: string): string[] {
  return ['entry', '(', 'name', name, 'node', ...file, ')'];
}

function directory(...entries: string[][]): string[] {
  return ['(', 'type', 'directory', ...entries.flat(), ')'];
}

function link(target: string): string[] {
  return ['(', 'type', 'symlink', 'target', target, ')'];
}

function nested(depth: number): string[] {
  const start = ['(', 'type', 'directory', 'entry', '(', 'name', 'a', 'node'];
  return [
    ...Array.from({ length: depth - 1 }, () => start).flat(),
    ...directory(),
    ...Array.from({ length: depth - 1 }, () => [')', ')']).flat(),
  ];
}

describe('what is no NAR', () => {
  test.each([
    ['an unknown word', ['('], ['typo'], 'expected \'type\', found "typo"'],
    [
      'an unknown type',
      ['(', 'type'],
      ['socket'],
      "expected 'regular' or 'symlink' or 'directory'",
    ],
    ['a word inherited from Object', ['(', 'type'], ['constructor'], 'expected'],
    ['a long word', ['('], ['t'.repeat(33)], "expected 'type', found 33 bytes"],
    ['a type in the wrong place', file.slice(0, 3), ['type'], "expected 'contents'"],
    ['an executable mark with a value', [...file.slice(0, 3), 'executable'], ['x'], "expected ''"],
    ['two executable marks', [...file.slice(0, 3), 'executable', ''], ['executable'], 'contents'],
    ['no end of a file', file.slice(0, 5), ['x'], "expected ')'"],
    ['an empty target', link('').slice(0, 4), link('').slice(4), 'empty target'],
    ['NUL in a target', link('').slice(0, 4), ['a\0'], 'NUL'],
    ['a long target', link('').slice(0, 4), ['t'.repeat(4096)], 'a target, found 4096 bytes'],
    ...['', '.', '..', 'a/b', '/', 'a\0b', 'n'.repeat(256)].map(
      (name) =>
        [
          `the name ${JSON.stringify(name).slice(0, 10)}`,
          directory().slice(0, 3).concat('entry', '(', 'name'),
          [name],
          'name',
        ] as [string, string[], string[], string],
    ),
    [
      'names out of order',
      directory(entry('b')).slice(0, -1).concat('entry', '(', 'name'),
      ['a'],
      'not sorted: "a"',
    ],
    [
      'a name twice',
      directory(entry('b')).slice(0, -1).concat('entry', '(', 'name'),
      ['b'],
      'occurs twice in a directory: "b"',
    ],
  ])('%s is refused where it stands', (_, before, wrong, message) => {
    const start = (): number => new NarEndFinder().push(rawNar(...before, ...wrong));
    const item = rawNar(...before).length;
    const position = wrong.join('').length > 32 ? item : item + 8;
    expect(start).toThrowError(
      expect.objectContaining({
        code: 'bad-nar',
        message: expect.stringContaining(message),
        position,
      }),
    );
  });

  test('padding that is not zero is refused at that byte', () => {
    const nar = narOfFile(Buffer.from('abc'));
    const padding = nar.length - 1;
    nar[padding] = 7;
    expect(() => new NarEndFinder().push(nar)).toThrowError(
      expect.objectContaining({ position: padding }),
    );
  });

  test('directories are nested to a bound', () => {
    const finder = new NarEndFinder();
    finder.push(rawNar(...nested(maximumNarDepth)));
    expect(finder.done).toBe(true);
    expect(() => new NarEndFinder().push(rawNar(...nested(maximumNarDepth + 1)))).toThrowError(
      /nested more than 1024 deep/,
    );
  });

  test('a file that claims an impossible size is refused before it is read', () => {
    const start = rawNar('(', 'type', 'regular', 'contents');
    const length = Buffer.alloc(8, 0xff);
    expect(() => new NarEndFinder().push(Buffer.concat([start, length]))).toThrowError(
      expect.objectContaining({ position: start.length }),
    );
  });
});

describe('hostile bytes', () => {
  test('give bad-nar with a position, or a NAR that is read to its end', () => {
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(3));
    const mutated = fc
      .tuple(anyNode.map(narOf), fc.array(mutation, { minLength: 1, maxLength: 3 }))
      .map(([nar, mutations]) => mutations.reduce(mutate, Buffer.from(nar)));
    fc.assert(fc.property(mutated.chain(chunksOf), survives), { numRuns: 3000 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }).chain(chunksOf), survives));
  });
});

/** Overwrites, removes, doubles or cuts at a place. */
function mutate(nar: Buffer, [where, byte, how]: [number, number, number]): Buffer {
  const at = where % (nar.length || 1);
  const [before, after] = [nar.subarray(0, at), nar.subarray(at)];
  if (how === 0) return Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
  if (how === 1) return Buffer.concat([before, after.subarray(8)]);
  if (how === 2) return Buffer.concat([before, after.subarray(0, 16), after]);
  return before;
}

function survives(chunks: Uint8Array[]): void {
  const length = chunks.reduce((total, chunk) => total + chunk.length, 0);
  const finder = new NarEndFinder();
  const refusal = refusalOf(() => {
    for (const chunk of chunks) finder.push(chunk);
    finder.end();
  });
  expect(['bad-nar', undefined]).toContain(refusal?.code);
  expect(refusal?.position ?? 0).toBeGreaterThanOrEqual(0);
  expect(refusal?.position ?? 0).toBeLessThanOrEqual(length);
  expect(refusal === undefined).toBe(finder.done);
}
