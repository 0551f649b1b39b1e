import { describe, expect, test } from 'vitest';
import { shareSerials } from '../src/shared-serials.ts';
import { load, nodeOf } from './loaded-graph.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import { type Recipe, withAttribute } from './model/recipe.ts';

const declared = { algorithm: 'sha256', hex: '1'.repeat(64) };
const source = plainRecipe('source', { kind: 'fixed', declared });

function madeFrom(of: number, kind: Recipe['kind']): Recipe {
  return plainRecipe(`made-${kind}`, { kind, builder: [{ output: 0, of }] });
}

/** Twice the same result, from a source that is fetched from one place and from another. */
const files = instantiate([
  source,
  withAttribute(source, 'mirror', 'https://elsewhere.example'),
  madeFrom(0, 'input-addressed'),
  madeFrom(1, 'input-addressed'),
  madeFrom(0, 'floating'),
  madeFrom(1, 'floating'),
]);
const [, , one, other, floating] = files.map(nodeOf);
const { graph } = load(files);

describe('a serial', () => {
  test('is shared by derivations of one output path', () => {
    expect(other!.path).not.toBe(one!.path);
    expect(other!.text.outputs).toEqual(one!.text.outputs);
    expect(shareSerials(graph, [[one!, 4]])).toEqual(
      new Map([
        [one!.path, 4],
        [other!.path, 4],
      ]),
    );
  });

  test('counts with the highest of those that are named', () => {
    const both = new Map([
      [one!.path, 9],
      [other!.path, 9],
    ]);
    expect(
      shareSerials(graph, [
        [one!, 9],
        [other!, 4],
      ]),
    ).toEqual(both);
    expect(
      shareSerials(graph, [
        [one!, 4],
        [other!, 9],
      ]),
    ).toEqual(both);
  });

  test('follows a result of which the named derivation is not in the graph', () => {
    const part = load(files, [other!.path]).graph;
    expect(shareSerials(part, [[one!, 4]])).toEqual(new Map([[other!.path, 4]]));
  });

  test('is not shared where no output path is known', () => {
    expect(shareSerials(graph, [[floating!, 4]])).toEqual(new Map([[floating!.path, 4]]));
  });

  test('is nowhere when none is named', () => {
    expect(shareSerials(graph, []).size).toBe(0);
  });
});
