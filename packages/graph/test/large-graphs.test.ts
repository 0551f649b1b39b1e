import type { StorePath } from '@dispatch/nix/store-path';
import { describe, expect, test } from 'vitest';
import { ChangeReasons } from '../src/change-reasons.ts';
import { type LoadedGraph, load, rewrite, unrewrite } from './loaded-graph.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import type { Piece, Recipe } from './model/recipe.ts';

/**
 * Times are far above what is needed: they tell work that grows with the square (or worse) from work
 * that does not, on a slow and busy machine too.
 */
const seconds = 1000;

function every(graph: LoadedGraph): Map<StorePath, number> {
  return new Map(graph.graph.nodes.map(({ path }) => [path, 7]));
}

describe('20,000 derivations, each above the last', () => {
  const recipes = Array.from({ length: 20_000 }, (_, at): Recipe => {
    const below: Piece[] = at === 0 ? ['/bin/sh'] : [{ output: 0, of: at - 1 }];
    return plainRecipe(`link${at}`, { builder: below });
  });
  const chain = load(instantiate(recipes).toReversed());

  test('are rewritten from the bottom to the top, and back', { timeout: 10 * seconds }, () => {
    const [bottom, next] = chain.graph.nodes;
    const serials = new Map([[bottom!.path, 1]]);
    const rewriting = rewrite(chain, serials);
    expect(rewriting.changes.size).toBe(20_000);
    const reasons = new ChangeReasons(chain.graph, serials);
    expect(reasons.of(next!.path)).toEqual({ downstreamOf: [bottom!.path] });
    const { graph } = unrewrite(rewriting);
    expect(graph.nodes.at(-1)?.path).toBe(chain.graph.nodes.at(-1)?.path);
  });

  test('are rewritten when a thousand of them are poisoned', { timeout: 10 * seconds }, () => {
    const serials = new Map(chain.graph.nodes.slice(0, 1000).map(({ path }) => [path, 1]));
    const { changes } = rewrite(chain, serials);
    expect(changes.size).toBe(20_000);
    const last = new ChangeReasons(chain.graph, serials).of(chain.graph.nodes.at(-1)!.path)!;
    expect('downstreamOf' in last && last.downstreamOf.length).toBe(1000);
  });

  test('each with its reasons when every second is poisoned', { timeout: 10 * seconds }, () => {
    const paths = chain.graph.nodes.map(({ path }) => path);
    const poisoned = paths.filter((_, at) => at % 2 === 0);
    const reasons = new ChangeReasons(chain.graph, new Map(poisoned.map((path) => [path, 3])));
    expect(reasons.changed).toEqual(paths);
    expect(reasons.of(paths.at(-2)!)).toEqual({ poisoned: 3 });
    expect(reasons.of(paths.at(-1)!)).toEqual({ downstreamOf: poisoned });
  });
});

describe('5,000 inputs of one derivation', () => {
  const inputs = Array.from({ length: 5000 }, (_, at) => plainRecipe(`input${at}`));
  const pieces = inputs.flatMap((_, of): Piece[] => [{ output: 0, of }, ' ']);
  const wide = load(instantiate([...inputs, plainRecipe('top', { args: [pieces] })]));

  test('are all poisoned at once', { timeout: 5 * seconds }, () => {
    const { changes } = rewrite(wide, every(wide));
    expect(changes.size).toBe(5001);
    const reasons = new ChangeReasons(wide.graph, every(wide));
    expect(reasons.of(wide.graph.nodes.at(-1)!.path)).toEqual({ poisoned: 7 });
  });

  test('change one at a time', { timeout: 5 * seconds }, () => {
    const { changes } = rewrite(wide, new Map([[wide.graph.nodes[0]!.path, 1]]));
    expect(changes.size).toBe(2);
  });
});

describe('80,000 outputs of one derivation', () => {
  const outputs = Array.from({ length: 80_000 }, (_, at) => `o${at}`);
  const instances = instantiate([
    plainRecipe('many', { outputs }),
    plainRecipe('above', { builder: [{ output: 7, of: 0 }] }),
  ]);

  test('are checked, and rewritten', { timeout: 10 * seconds }, () => {
    const { changes } = rewrite(load(instances), new Map([[instances[0]!.path, 1]]));
    expect(changes.size).toBe(2);
  });
});
