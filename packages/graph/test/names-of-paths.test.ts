import { printDerivationText } from '@dispatch/nix/aterm/print';
import { byteStringFrom } from '@dispatch/nix/byte-string';
import { hashPart, type StorePath } from '@dispatch/nix/store-path';
import { describe, expect, test } from 'vitest';
import { load, rewrite, textsByPath, textsOf, unrewrite } from './loaded-graph.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import type { Piece, Recipe } from './model/recipe.ts';

const dep = plainRecipe('dep');
const digits = hashPart(instantiate([dep])[0]!.outputs.get('out') as StorePath);

const out = (of: number): Piece => ({ output: 0, of });

/** A derivation with these inputs, each beside the path of `dep` and its hash part alone. */
function above(...inputs: Piece[]): Recipe {
  return plainRecipe('above', { args: inputs.map((input) => [input, ' ', out(0), `/${digits}`]) });
}

/** An expression that names a derivation after a path of its input, as `baseNameOf` gives it. */
const namedAfterDep: readonly (readonly [string, Partial<Recipe>])[] = [
  ['input-addressed', { args: [[out(0)]] }],
  ['with further outputs', { args: [[out(0)]], outputs: ['out', 'dev'] }],
  ['fixed-output', { kind: 'fixed', declared: declared(), args: [[out(0)]] }],
  ['fixed-output without the input', { kind: 'fixed', declared: declared() }],
  ['input-addressed without the input', {}],
];

function declared(): NonNullable<Recipe['declared']> {
  return { algorithm: 'sha256', hex: 'ab'.repeat(32) };
}

describe.each(namedAfterDep)('a derivation named after an input, %s', (_, rest) => {
  const recipes = [dep, plainRecipe(`t-${digits}-dep`, rest), above(out(1), { drvPathOf: 1 })];
  const original = instantiate(recipes);
  const loaded = load(original);
  const rewriting = rewrite(loaded, new Map([[original[0]!.path, 1]]));
  const [depNow, namedNow, aboveNow] = original.map(
    ({ path }) => rewriting.changes.get(path) ?? loaded.graph.get(path)!,
  );

  test('is still called so by those that depend on it, and its outputs are where they say', () => {
    const text = byteStringFrom(printDerivationText(aboveNow!.text));
    const pathNow = namedNow!.text.outputs.find(({ name }) => name === 'out')!.path;
    expect(pathNow).toMatch(new RegExp(`-t-${digits}-dep$`));
    const depPathNow = depNow!.text.outputs[0]!.path as StorePath;
    expect(text).toContain(`"${pathNow} ${depPathNow}/${hashPart(depPathNow)}"`);
    expect(text).toContain(`"${namedNow!.path} ${depPathNow}/${hashPart(depPathNow)}"`);
  });

  test('makes a graph of which every path is right, and which is led back', () => {
    const files = [...textsOf(rewriting.graph)].map(([path, text]) => ({ path, text }));
    const { graph } = unrewrite(load(files));
    expect(textsOf(graph)).toEqual(textsByPath(original));
  });
});
