import { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { shortestChains } from '../src/explain/shortest-chains.ts';

/** The part of a derivation that chains look at: its name, its kind, and what it needs. */
function node(name: string, inputs: readonly string[], kind = 'input-addressed'): DerivationNode {
  const inputDrvs = inputs.map((path) => ({ path, outputs: ['out'], dynamic: [] }));
  return {
    path: name,
    name,
    kind,
    text: { inputDrvs, inputSrcs: [] },
  } as unknown as DerivationNode;
}

const graph = DerivationGraph.ofOrdered([
  node('bottom', []),
  node('source', ['bottom'], 'fixed'),
  node('far', ['bottom']),
  node('near', ['far', 'source']),
  node('top', ['near', 'source']),
]);

function chains(
  wanted: readonly string[],
  passes: (node: DerivationNode) => boolean = () => true,
): string[] {
  const found = shortestChains(
    graph,
    ['top' as StorePath],
    ({ name }) => wanted.includes(name),
    passes,
  );
  return found.map((chain) => chain.map(({ name }) => name).join(' '));
}

test('one of the shortest ways to each, nearest first', () => {
  expect(chains(['bottom', 'near'])).toEqual(['top near', 'top source bottom']);
});

test('what is asked about may itself be what is looked for', () => {
  expect(chains(['top', 'far'])).toEqual(['top', 'top near far']);
});

test('nothing is looked for below what lets nothing through', () => {
  expect(chains(['bottom', 'source'], ({ kind }) => kind !== 'fixed')).toEqual([
    'top source',
    'top near far bottom',
  ]);
  expect(chains(['bottom'], () => false)).toEqual([]);
});
