import { createHash } from 'node:crypto';
import { byteStringOfText } from '@dispatch/nix/byte-string';
import fc from 'fast-check';
import { assemble, type Step } from './assemble-recipes.ts';
import type { NumberForms, Piece, Recipe, Recipes, Text, Value } from './recipe.ts';

/**
 * Graphs of every shape that Nix 2.8 can evaluate: chains, diamonds, several outputs, fixed outputs of
 * all algorithms, structured attributes, floating, deferred and impure ones; and twins: pairs that
 * differ only in how a source is fetched, so that they share their output paths.
 */
export function arbitraryRecipes(maximum: number): fc.Arbitrary<Recipes> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: arbitraryRecipe.map((recipe) => ({ recipe })) },
    { weight: 1, arbitrary: arbitraryRecipe.map((withTwinSource) => ({ withTwinSource })) },
    { weight: 2, arbitrary: fc.nat(maximum).map((twinOf) => ({ twinOf })) },
  );
  return fc
    .array(step, { minLength: 2, maxLength: maximum })
    .map(assemble)
    .filter((recipes) => recipes.length > 0);
}

const oddKeys = [
  'Zed',
  '_u',
  'b',
  'dispatch',
  'dispatchSeria',
  'dispatchSerial2',
  'dispatchT',
  'e',
  'zz',
  '0',
  '10',
  '2',
  'quo"te',
  'back\\slash',
  'a b',
  'line\nfeed',
  'null',
  'src',
  'passAsFile',
  'ünï',
  '\u{1f600}',
].map(byteStringOfText);

const number = fc.constantFrom<NumberForms>(
  { nix: '0', env: '0', json: '0' },
  { nix: '-7', env: '-7', json: '-7' },
  { nix: '9007199254740993', env: '9007199254740993', json: '9007199254740993' },
  { nix: '1.0', env: '1.000000', json: '1' },
  { nix: '0.1', env: '0.100000', json: '0.1' },
  { nix: '1.0e30', env: '1000000000000000019884624838656.000000', json: '1e+30' },
);

const bytes = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }).map(byteStringOfText) },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ min: 1, maxLength: 6 })
      .map((some) => Buffer.from(some).toString('latin1')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\n', '\\n', '\r\t"', '${x}', '$', "''", 'n'.repeat(40)),
  },
);

/** How far back a recipe reaches: often to the one before it, so that there are chains. */
const back = fc.oneof(fc.nat(1), fc.nat(9));

const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: bytes },
  { weight: 6, arbitrary: fc.record({ output: fc.nat(5), of: back }) },
  { weight: 1, arbitrary: fc.record({ drvPathOf: back }) },
  { weight: 1, arbitrary: fc.record({ bareDrvPathOf: back }) },
  { weight: 1, arbitrary: bytes.map((file) => ({ file })) },
  { weight: 1, arbitrary: fc.constantFrom('out', 'dev').map((placeholder) => ({ placeholder })) },
);

/** A mention comes with what makes it an input; alone, it is nothing that a rewriter would follow. */
const mention: fc.Arbitrary<Text> = fc
  .record({ mention: fc.nat(5), output: fc.nat(5), of: back })
  .map(({ mention: name, output, of }) => [{ mention: name, of }, ' ', { output, of }]);

const text: fc.Arbitrary<Text> = fc.oneof(
  { weight: 9, arbitrary: fc.array(piece, { maxLength: 4 }) },
  { weight: 1, arbitrary: mention },
);

const leaf: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: text.map((one) => ({ text: one })) },
  { weight: 1, arbitrary: number.map((one) => ({ number: one })) },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null).map((constant) => ({ constant })) },
);

const flatValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }).map((list) => ({ list })),
  ),
})).value;

const nestedValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }).map((list) => ({ list })),
    attributesOf(tie('value')).map((set) => ({ set })),
  ),
})).value;

function attributesOf(value: fc.Arbitrary<Value>): fc.Arbitrary<(readonly [string, Value])[]> {
  const key = fc.oneof(fc.constantFrom(...oddKeys), fc.constant('dispatchSerialNested'));
  return fc.uniqueArray(fc.tuple(key, value), { maxLength: 4, selector: ([name]) => name });
}

const outputs: fc.Arbitrary<readonly string[]> = fc.oneof(
  fc.constant(['out']),
  fc.shuffledSubarray(['out', 'dev', 'lib', 'man', 'a'], { minLength: 1 }),
);

const digits: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

const declared = fc
  .record({ algorithm: fc.constantFrom('md5', 'sha1', 'sha256', 'sha512'), seed: fc.nat(9999) })
  .map(({ algorithm, seed }) => {
    const hex = createHash('sha512').update(String(seed)).digest('hex');
    return { algorithm, hex: hex.slice(0, digits[algorithm]) };
  });

const arbitraryRecipe: fc.Arbitrary<Recipe> = fc
  .record({
    name: fc.constantFrom('a', 'b-1.0', 'q?=+_.x', `long${'n'.repeat(90)}`),
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constant('input-addressed' as const) },
      { weight: 2, arbitrary: fc.constant('fixed' as const) },
      { weight: 1, arbitrary: fc.constant('floating' as const) },
      { weight: 1, arbitrary: fc.constantFrom('impure' as const, 'input-addressed' as const) },
    ),
    declared,
    isRecursive: fc.boolean(),
    isStructured: fc.boolean(),
    outputs,
    builder: text.map((one) => ['/bin/', ...one]),
    args: fc.array(text, { maxLength: 2 }),
  })
  .chain((head) =>
    attributesOf(head.isStructured ? nestedValue : flatValue).map((attributes) => {
      const { declared: hash, ...rest } = head;
      const isRecursive = head.kind !== 'fixed' || head.isRecursive;
      if (head.kind !== 'fixed') return { ...rest, isRecursive, attributes };
      return { ...rest, isRecursive, attributes, declared: hash, outputs: ['out'] };
    }),
  );
