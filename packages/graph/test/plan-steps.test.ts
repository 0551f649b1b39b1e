import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { buildRequirements } from '../src/build-requirements.ts';
import type { DerivationNode } from '../src/derivation-node.ts';
import { type IsAvailable, planSteps } from '../src/plan-steps.ts';
import { load, nodeOf } from './loaded-graph.ts';
import { instantiate } from './model/instantiate.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import type { Recipe, Text } from './model/recipe.ts';

/** `a` below `b` (out, dev) below `c`; `c` wants `dev` of `b` alone. */
const recipes: Recipe[] = [
  plainRecipe('a'),
  reading('b', [{ output: 0, of: 0 }], ['out', 'dev']),
  reading('c', [{ output: 1, of: 1 }], ['out']),
];

function reading(name: string, text: Text, outputs: readonly string[]): Recipe {
  return plainRecipe(name, { outputs, attributes: [['reads', { text }]] });
}

function plan(isAvailable: IsAvailable): { name: string; needs: string[]; inputs: string[] }[] {
  const files = instantiate(recipes);
  const { graph } = load(files);
  const root = files[2]?.path as StorePath;
  const steps = planSteps(graph, [{ path: root, outputs: ['out'] }], isAvailable);
  const nameOf = (path: StorePath): string => graph.get(path)?.name ?? '?';
  return steps.map(({ node, dependencies, inputs }) => ({
    name: node.name,
    needs: dependencies.map(nameOf),
    inputs: inputs.map(({ path, outputs }) => `${nameOf(path)}!${outputs.join()}`),
  }));
}

test('builds everything below a root when nothing is there, inputs first', () => {
  expect(plan(() => false)).toEqual([
    { name: 'a', needs: [], inputs: [] },
    { name: 'b', needs: ['a'], inputs: ['a!out'] },
    { name: 'c', needs: ['b'], inputs: ['b!dev'] },
  ]);
});

test('builds nothing when the root is there, whatever became of its inputs', () => {
  expect(plan((node) => node.name === 'c')).toEqual([]);
});

test('asks only for the outputs that are wanted', () => {
  const asked: string[] = [];
  const steps = plan((node: DerivationNode, outputs) => {
    asked.push(`${node.name}!${outputs.join()}`);
    return node.name === 'b';
  });
  expect(asked).toEqual(['c!out', 'b!dev']);
  expect(steps).toEqual([{ name: 'c', needs: [], inputs: ['b!dev'] }]);
});

test.each([false, true])(
  'finds what a derivation asks of a builder (structured: %s)',
  (isStructured) => {
    const features: Recipe['attributes'][number] = isStructured
      ? ['requiredSystemFeatures', { list: [{ text: ['kvm'] }, { text: ['big'] }] }]
      : ['requiredSystemFeatures', { text: ['kvm  big'] }];
    const [file] = instantiate([plainRecipe('vm', { isStructured, attributes: [features] })]);
    expect(buildRequirements(nodeOf(file!))).toEqual({
      system: 'x86_64-linux',
      features: ['kvm', 'big'],
    });
  },
);
