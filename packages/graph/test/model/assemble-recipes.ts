import type { Piece, Recipe, Recipes, Text, Value } from './recipe.ts';

/** A recipe whose references count backwards from it, or a twin of an earlier one. */
export type Step = { readonly recipe: Recipe } | { readonly twinOf: number };

type Resolve = (target: number) => number | undefined;

/** Recipes with unlike names, whose references say which recipe they mean. */
export function assemble(steps: readonly Step[]): Recipes {
  const recipes: Recipe[] = [];
  const twins = new Map<number, number>();
  for (const [at, step] of steps.entries()) {
    if ('recipe' in step || at === 0) {
      const own = 'recipe' in step ? step.recipe : emptyRecipe;
      const back: Resolve = (target) => (at === 0 ? undefined : at - 1 - (target % at));
      recipes.push(withPieces({ ...own, name: `${own.name}${at}` }, back));
      continue;
    }
    const original = step.twinOf % at;
    recipes.push(twinOf(recipes[original]!, at, twins));
    twins.set(original, at);
  }
  return recipes;
}

const emptyRecipe: Recipe = {
  name: 'empty',
  kind: 'input-addressed',
  isRecursive: true,
  isStructured: false,
  outputs: ['out'],
  builder: ['/bin/sh'],
  args: [],
  attributes: [],
};

/** The same, made with twins of its inputs; of a fixed output the same, fetched from elsewhere. */
function twinOf(recipe: Recipe, at: number, twins: ReadonlyMap<number, number>): Recipe {
  const twin = withPieces(recipe, (target) => twins.get(target) ?? target);
  if (recipe.kind !== 'fixed') return twin;
  const mirror = ['mirror', { text: [`https://${at}.example`] }] as const;
  return { ...twin, attributes: [...twin.attributes.filter(([key]) => key !== 'mirror'), mirror] };
}

function withPieces(recipe: Recipe, resolve: Resolve): Recipe {
  const inText = (one: Text): Text =>
    one.flatMap((part) => {
      const moved = movePiece(part, resolve);
      return moved === undefined ? [] : [moved];
    });
  return {
    ...recipe,
    builder: inText(recipe.builder),
    args: recipe.args.map(inText),
    attributes: recipe.attributes.map(([key, value]) => [key, inValue(value, inText)] as const),
  };
}

function inValue(value: Value, inText: (text: Text) => Text): Value {
  if ('text' in value) return { text: inText(value.text) };
  if ('list' in value) return { list: value.list.map((item) => inValue(item, inText)) };
  if (!('set' in value)) return value;
  return { set: value.set.map(([key, item]) => [key, inValue(item, inText)] as const) };
}

/** Undefined where there is nothing before it to refer to. */
function movePiece(part: Piece, resolve: Resolve): Piece | undefined {
  if (typeof part === 'string' || 'file' in part || 'placeholder' in part) return part;
  if ('drvPathOf' in part) return moved(resolve(part.drvPathOf), (drvPathOf) => ({ drvPathOf }));
  if ('bareDrvPathOf' in part) {
    return moved(resolve(part.bareDrvPathOf), (bareDrvPathOf) => ({ bareDrvPathOf }));
  }
  return moved(resolve(part.of), (of) => ({ ...part, of }));
}

function moved(target: number | undefined, piece: (target: number) => Piece): Piece | undefined {
  return target === undefined ? undefined : piece(target);
}
