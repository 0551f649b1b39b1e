import { isUtf8 } from 'node:buffer';
import { byteStringOfText } from '@dispatch/nix/byte-string';
import type { Recipe, Recipes } from './recipe.ts';

/**
 * The recipes as newer Nix evaluates them. In structured attributes it refuses bytes that are not UTF-8, which are made
 * so; and where it writes numbers and control characters in another way than 2.8, which gives other paths, the former
 * are changed and the latter left out.
 */
export function forNewerNix(recipes: Recipes): Recipes {
  return recipes.map((recipe) => (recipe.isStructured ? reencoded(recipe) : recipe));
}

function reencoded(recipe: Recipe): Recipe {
  const json = JSON.stringify(recipe, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'json' && value === '1') return '1.0';
    const text = value.replaceAll(/[\b\f]/g, '');
    return isUtf8(Buffer.from(text, 'latin1')) ? text : byteStringOfText(text);
  });
  return JSON.parse(json) as Recipe;
}
