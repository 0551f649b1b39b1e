import { decodeNixBase32, encodedLength, encodeNixBase32 } from '@dispatch/nix/nixbase32';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusalOf } from './refusal.ts';

const someBytes = fc.uint8Array({ maxLength: 80 });

describe("Nix's base 32", () => {
  test('prints the digest of "abc" as Nix does', () => {
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(encodeNixBase32(Buffer.from(digest, 'hex'))).toBe(
      '1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s',
    );
  });

  test('prints 20 bytes as 32 digits and 32 bytes as 52', () => {
    expect([0, 1, 5, 20, 32].map(encodedLength)).toEqual([0, 2, 8, 32, 52]);
  });

  test('reads back whatever it prints', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        const text = encodeNixBase32(bytes);
        expect(text).toHaveLength(encodedLength(bytes.length));
        expect(decodeNixBase32(text)).toEqual(bytes);
      }),
    );
  });

  test('reads no text that it would print differently', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'0123456789abcdfghijklmnpqrsvwxyzeotuA\u00e9'.split('')),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, (candidate) => {
        let printed: string | undefined;
        const refusal = refusalOf(() => {
          printed = encodeNixBase32(decodeNixBase32(candidate));
        });
        expect(refusal?.code ?? printed).toBe(refusal === undefined ? candidate : 'bad-base32');
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['e0', 0],
    ['0t', 1],
    ['0\u0100', 1],
    ['zz', 0],
    ['0', 0],
  ])('refuses %j with the position %i', (text, position) => {
    expect(() => decodeNixBase32(text)).toThrowError(
      expect.objectContaining({ code: 'bad-base32', position }),
    );
  });
});
