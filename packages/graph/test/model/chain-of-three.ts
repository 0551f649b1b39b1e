import { type Instance, instantiate } from './instantiate.ts';
import { plainRecipe } from './plain-recipe.ts';

/** Three derivations of which each needs the one before it; the first has two outputs, and its second is needed. */
export const chainOfThree: readonly [bottom: Instance, middle: Instance, top: Instance] =
  instantiate([
    plainRecipe('bottom', { outputs: ['out', 'dev'] }),
    plainRecipe('middle', { builder: [{ output: 1, of: 0 }] }),
    plainRecipe('top', { builder: [{ output: 0, of: 1 }] }),
  ]) as [Instance, Instance, Instance];
