import { ReferenceScan } from '@dispatch/nix/nar/reference-scan';
import { encodeNixBase32 } from '@dispatch/nix/nixbase32';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunksOf } from './arbitraries.ts';

const hashPart = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(encodeNixBase32);
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdf'.split('')), maxLength: 70 }),
);

describe('the reference scan', () => {
  test('finds what occurs, and that alone, however the stream is cut', () => {
    const cases = fc
      .tuple(fc.uniqueArray(hashPart, { minLength: 1, maxLength: 5 }), fc.array(noise))
      .chain(([parts, between]) =>
        fc
          .array(fc.oneof(fc.constantFrom(...parts), fc.constantFrom('', ...between)))
          .map((pieces) => ({ parts, text: pieces.join('') })),
      )
      .chain((one) =>
        chunksOf(Buffer.from(one.text, 'latin1')).map((chunks) => ({ ...one, chunks })),
      );
    fc.assert(
      fc.property(cases, ({ parts, text, chunks }) => {
        const scan = new ReferenceScan(parts);
        for (const chunk of chunks) scan.push(chunk);
        expect([...scan.found].toSorted()).toEqual(
          parts.filter((part) => text.includes(part)).toSorted(),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('finds one that comes byte by byte, and not one that is broken', () => {
    const part = encodeNixBase32(new Uint8Array(20).fill(0x5a));
    const whole = new ReferenceScan([part]);
    const broken = new ReferenceScan([part]);
    for (const byte of Buffer.from(`//${part}//`)) whole.push(Buffer.from([byte]));
    broken.push(Buffer.from(`${part.slice(0, 16)}-${part.slice(16)}`));
    expect([...whole.found]).toEqual([part]);
    expect([...broken.found]).toEqual([]);
  });

  test('is not slowed down by a file of digits alone', () => {
    const scan = new ReferenceScan([encodeNixBase32(new Uint8Array(20).fill(1))]);
    const before = performance.now();
    scan.push(new Uint8Array(2 ** 24).fill(0x61));
    // Looking at every place of it anew would take minutes.
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
