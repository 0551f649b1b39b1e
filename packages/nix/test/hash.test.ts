import { decodeBase64, encodeBase64 } from '@dispatch/nix/base64';
import {
  digestBytes,
  type HashAlgorithm,
  hashFromBytes,
  parseHash,
  printHash,
} from '@dispatch/nix/hash';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScratchNix, type ScratchNix } from './scratch-nix.ts';

const lengths: Record<HashAlgorithm, number> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };
const algorithms = Object.keys(lengths) as HashAlgorithm[];
const forms = ['base16', 'nix32', 'base64', 'sri'] as const;
const anyHash = fc
  .constantFrom(...algorithms)
  .chain((algorithm) =>
    fc
      .uint8Array({ minLength: lengths[algorithm], maxLength: lengths[algorithm] })
      .map((digest) => hashFromBytes(algorithm, digest)),
  );

describe('hashes', () => {
  test('are read back from every form, with the algorithm known or not', () => {
    fc.assert(
      fc.property(anyHash, fc.constantFrom(...forms), (hash, form) => {
        const text = printHash(hash, form);
        expect(parseHash(text)).toEqual(hash);
        expect(parseHash(text, hash.algorithm)).toEqual(hash);
      }),
    );
  });

  test('are read from the digest alone, when the algorithm is known', () => {
    fc.assert(
      fc.property(anyHash, fc.constantFrom('base16', 'nix32', 'base64'), (hash, form) => {
        const digest = printHash(hash, form).slice(hash.algorithm.length + 1);
        expect(parseHash(digest, hash.algorithm)).toEqual(hash);
      }),
    );
  });

  test('keep their digest', () => {
    fc.assert(
      fc.property(anyHash, (hash) => {
        expect(hashFromBytes(hash.algorithm, digestBytes(hash))).toEqual(hash);
      }),
    );
  });

  test.each([
    ['', undefined, "'' does not say of which algorithm it is"],
    ['crc32:00', undefined, "unknown algorithm 'crc32'"],
    ['constructor:00', undefined, "unknown algorithm 'constructor'"],
    ['sha256:00', undefined, 'wrong length'],
    [`sha256:${'0'.repeat(63)}g`, undefined, 'not hexadecimal'],
    [`sha256:${'e'.repeat(52)}`, undefined, "'e' is not a digit of Nix's base 32"],
    [`sha256-${'A'.repeat(43)}!`, undefined, "'!' is not a digit of base 64"],
    [`sha256-${'A'.repeat(44)}`, undefined, '33 bytes'],
    [`sha1:${'0'.repeat(40)}`, 'sha256', 'should be a hash of sha256'],
    ['0'.repeat(40), 'sha256', 'wrong length'],
  ] as const)('refuse %j as %s', (text, algorithm, message) => {
    expect(() => parseHash(text, algorithm)).toThrowError(
      expect.objectContaining({ code: 'bad-hash', message: expect.stringContaining(message) }),
    );
  });

  test('refuse a digest of the wrong length', () => {
    expect(() => hashFromBytes('sha1', new Uint8Array(32))).toThrowError(/20 bytes, not 32/);
  });
});

describe('base 64', () => {
  test("is the runtime's own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(encodeBase64(bytes)).toBe(text);
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  test.each(['A', 'AA', 'AA=', 'AAA', 'AB==', 'A===', '====', 'AA==AA==', 'AA-_', 'AAA \n'])(
    'refuses %j',
    (text) => {
      expect(() => decodeBase64(text)).toThrowError(
        expect.objectContaining({ code: 'bad-base64' }),
      );
    },
  );
});

describe('beside the real Nix', () => {
  let nix: ScratchNix;
  beforeAll(() => {
    nix = openScratchNix();
  });
  afterAll(() => nix.remove());

  test.each(algorithms)('%s is printed as Nix prints it, in every form', (algorithm) => {
    const samples = fc.sample(
      fc.uint8Array({ minLength: lengths[algorithm], maxLength: lengths[algorithm] }),
      20,
    );
    const hashes = samples.map((digest) => hashFromBytes(algorithm, digest));
    const sri = hashes.map((hash) => printHash(hash, 'sri'));
    const converted = (command: string): string[] =>
      nix.line('nix', 'hash', command, ...sri).split('\n');
    expect(hashes.map((hash) => hash.hex)).toEqual(converted('to-base16'));
    for (const [form, command] of [
      ['nix32', 'to-base32'],
      ['base64', 'to-base64'],
    ] as const) {
      const bare = hashes.map((hash) => printHash(hash, form).slice(algorithm.length + 1));
      expect(bare).toEqual(converted(command));
    }
  });
});
