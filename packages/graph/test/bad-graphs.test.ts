import { printDerivation } from '@dispatch/nix/aterm/print';
import type { Derivation } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import { describe, expect, test } from 'vitest';
import { DerivationGraph } from '../src/derivation-graph.ts';
import { type DrvFile, load, nodeOf } from './loaded-graph.ts';
import { chainOfThree } from './model/chain-of-three.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';

const [bottom, middle, top] = chainOfThree;

/** A derivation that needs others by forged names: no real hash would allow a cycle. */
function forged(name: string, inputs: readonly string[]): DrvFile {
  const derivation: Derivation = {
    outputs: [{ name: 'out', path: `/nix/store/${'1'.repeat(32)}-x`, hashAlgo: '', hash: '' }],
    inputDrvs: inputs
      .toSorted()
      .map((path) => ({ path: pathOf(path), outputs: ['out'], dynamic: [] })),
    inputSrcs: [],
    system: 'x',
    builder: '/x',
    args: [],
    env: [],
  };
  return { path: pathOf(name), text: printDerivation(derivation) };
}

function pathOf(name: string): StorePath {
  return `/nix/store/${'0'.repeat(32)}-${name}.drv` as StorePath;
}

function closure(files: readonly DrvFile[], roots: readonly StorePath[]): () => DerivationGraph {
  return () => DerivationGraph.closure(files.map(nodeOf), roots);
}

describe('a graph is refused', () => {
  test('when derivations depend on each other, with the way around', () => {
    const files = [
      forged('a', ['b']),
      forged('b', ['c']),
      forged('c', ['d', 'b']),
      forged('d', []),
    ];
    expect(closure(files, [pathOf('a')])).toThrow(
      expect.objectContaining({
        code: 'cycle',
        path: pathOf('b'),
        message: expect.stringContaining([pathOf('b'), pathOf('c'), pathOf('b')].join(' -> ')),
      }),
    );
  });

  test('when a derivation depends on itself', () => {
    expect(closure([forged('a', ['a'])], [pathOf('a')])).toThrow(
      expect.objectContaining({ code: 'cycle', path: pathOf('a') }),
    );
  });

  test('when a cycle is long, showing its ends', () => {
    const files = Array.from({ length: 100 }, (_, at) => forged(`n${at}`, [`n${(at + 1) % 100}`]));
    expect(closure(files, [pathOf('n0')])).toThrow(
      /n0\.drv -> .*n2\.drv -> .* -> … -> .*n99\.drv -> .*n0\.drv$/,
    );
  });

  test('when an input is missing, naming it and who needs it', () => {
    expect(() => load([top, bottom], [top.path])).toThrow(
      expect.objectContaining({
        code: 'incomplete-closure',
        path: middle.path,
        message: expect.stringContaining(top.path),
      }),
    );
  });

  test('when a derivation that is a source is missing', () => {
    const [, reader] = instantiate([
      plainRecipe('a'),
      plainRecipe('r', { builder: [{ bareDrvPathOf: 0 }] }),
    ]);
    expect(() => load([reader!])).toThrow(expect.objectContaining({ code: 'incomplete-closure' }));
  });

  test('when a root is missing', () => {
    expect(() => load(chainOfThree, [pathOf('nowhere')])).toThrow(
      /nowhere\.drv is missing, and it was asked for/,
    );
  });

  test('not when a part that no root needs is broken', () => {
    expect(load([...chainOfThree, forged('a', ['a'])], [top.path]).graph.nodes).toHaveLength(3);
  });
});
