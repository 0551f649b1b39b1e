import type { Recipe } from './recipe.ts';

/** A recipe of no special kind, but for what a test is about. */
export function plainRecipe(name: string, rest: Partial<Recipe> = {}): Recipe {
  return {
    name,
    kind: 'input-addressed',
    isRecursive: true,
    isStructured: false,
    outputs: ['out'],
    builder: ['/bin/sh'],
    args: [],
    attributes: [],
    ...rest,
  };
}
