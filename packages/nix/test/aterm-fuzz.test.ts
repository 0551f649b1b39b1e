import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDerivationText } from '@dispatch/nix/aterm/derivation-text';
import { parseDerivation } from '@dispatch/nix/aterm/parse';
import { printDerivation, printDerivationText } from '@dispatch/nix/aterm/print';
import { byteStringFrom, bytesOf } from '@dispatch/nix/byte-string';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpackedOrSkip } from '../../../test/data.ts';
import { anyDerivation } from './aterm-arbitraries.ts';
import { refusalOf } from './refusal.ts';

describe('a derivation', () => {
  test('is parsed back as it was printed', () => {
    fc.assert(
      fc.property(anyDerivation, (derivation) => {
        const text = printDerivation(derivation);
        expect(parseDerivation(bytesOf(text))).toEqual(derivation);
        expect(byteStringFrom(printDerivationText(readDerivationText(bytesOf(text))))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test('that is cut short is refused at its end', () => {
    fc.assert(
      fc.property(anyDerivation.map(printDerivation), fc.nat(), (text, where) => {
        const length = where % text.length;
        expect(refusal(text.slice(0, length))).toBeDefined();
      }),
    );
  });

  test('with anything behind it is refused there', () => {
    const [text = ''] = fc.sample(anyDerivation.map(printDerivation), { numRuns: 1, seed: 1 });
    expect(refusal(`${text} `)).toBe(text.length);
    expect(refusal(text + text)).toBe(text.length);
  });

  test('with one byte other than Nix writes is refused, or is another derivation', () => {
    fc.assert(
      fc.property(
        anyDerivation.map(printDerivation),
        fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { minLength: 1, maxLength: 3 }),
        (text, mutations) => {
          expect(survives(mutations.reduce(mutate, text))).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('hostile text', () => {
  test('of any bytes is refused with a position', () => {
    const bytes = fc
      .uint8Array({ maxLength: 200 })
      .map((raw) => Buffer.from(raw).toString('latin1'));
    const tokens = fc
      .array(fc.constantFrom('Derive(', '[', ']', '(', ')', ',', '"', '\\', 'out', '/nix/store/'))
      .map((pieces) => `Derive(${pieces.join('')}`);
    fc.assert(fc.property(fc.oneof(bytes, tokens), survives), { numRuns: 2000 });
  });

  test.each([
    ['opening brackets', `Derive(${'['.repeat(2 ** 20)}`],
    ['dynamic outputs', `DrvWithVersion("xp-dyn-drv",[],${deepDynamic(100_000)}`],
    ['a string without end', `Derive([],[],[],"${'x'.repeat(2 ** 24)}`],
    ['backslashes', `Derive([],[],[],"${'\\'.repeat(2 ** 22)}`],
    ['escaped quotes', `Derive([],[],[],"","${'\\"'.repeat(2 ** 20)}`],
    [
      'backslashes before each quote',
      `Derive([],[],[],"","${`${'\\\\'.repeat(64)}\\"`.repeat(2 ** 14)}`,
    ],
    ['commas', `Derive([${','.repeat(2 ** 20)}`],
    ['empty arguments', `Derive([],[],[],"","",[${'"",'.repeat(2 ** 20)}`],
  ])('of very many %s is refused within a second', (_, text) => {
    const before = performance.now();
    expect(refusal(text)).toBeGreaterThanOrEqual(0);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe('the .drv files of a real package set', () => {
  test('are printed as they were, and survive being damaged', (context) => {
    const folder = join(unpackedOrSkip(context, 'drvs-hello'), 'nix', 'store');
    const files = readdirSync(folder).filter((name) => name.endsWith('.drv'));
    const texts = files.map((name) => readFileSync(join(folder, name), 'latin1'));
    expect(texts.length).toBeGreaterThan(100);
    for (const text of texts) expect(printDerivation(parseDerivation(bytesOf(text)))).toBe(text);
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...texts), mutations, (text, changes) =>
        survives(changes.reduce(mutate, text)),
      ),
      { numRuns: 1000 },
    );
  });
});

function deepDynamic(depth: number): string {
  const path = `/nix/store/${'0'.repeat(32)}-a.drv`;
  return `[("${path}",${'(["out"],[("out",'.repeat(depth)}`;
}

/** Overwrites, removes, doubles or cuts at a place. */
function mutate(text: string, [where, byte, how]: [number, number, number]): string {
  const at = where % (text.length || 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  if (how === 0) return before + String.fromCharCode(byte) + after.slice(1);
  if (how === 1) return before + after.slice(1 + (byte % 8));
  if (how === 2) return before + after.slice(0, byte) + after;
  return before;
}

/** What is read is printed back to the byte, in both ways; all else is refused with a position. */
function survives(text: string): boolean {
  if (refusal(text) !== undefined) return true;
  expect(printDerivation(parseDerivation(bytesOf(text)))).toBe(text);
  return byteStringFrom(printDerivationText(readDerivationText(bytesOf(text)))) === text;
}

/** The position at which a text is refused; undefined when it is read. */
function refusal(text: string): number | undefined {
  const error = refusalOf(() => parseDerivation(bytesOf(text)));
  expect(['bad-aterm', undefined]).toContain(error?.code);
  expect(error?.position ?? 0).toBeGreaterThanOrEqual(0);
  expect(error?.position ?? 0).toBeLessThanOrEqual(text.length);
  expect(error?.message.length ?? 0).toBeLessThan(1000);
  return error?.position;
}
