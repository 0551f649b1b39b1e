import {
  type Piece,
  type Recipe,
  type Recipes,
  type SerialsByNumber,
  type Text,
  type Value,
  withSerials,
} from './recipe.ts';

/**
 * A recipe whose references count backwards from it; a twin of an earlier one; or a recipe that is
 * made from a source, and its twin made from the same source fetched elsewhere.
 */
export type Step =
  | { readonly recipe: Recipe }
  | { readonly twinOf: number }
  | { readonly withTwinSource: Recipe };

type Resolve = (target: number) => number | undefined;

/** Recipes whose references say which recipe they mean. Only twins have the same name. */
export function assemble(steps: readonly Step[]): Recipes {
  const recipes: Recipe[] = [];
  const twins = new Map<number, number>();
  const addTwin = (original: number): void => {
    recipes.push(twinOf(recipes[original]!, recipes.length, twins));
    twins.set(original, recipes.length - 1);
  };
  for (const step of steps) {
    if ('withTwinSource' in step) {
      add(recipes, source);
      addTwin(recipes.length - 1);
      add(recipes, { ...step.withTwinSource, args: [[{ output: 0, of: 1 }]] });
      addTwin(recipes.length - 1);
    } else if ('recipe' in step) {
      add(recipes, step.recipe);
    } else if (recipes.length > 0) {
      addTwin(step.twinOf % recipes.length);
    }
  }
  return recipes;
}

function add(recipes: Recipe[], recipe: Recipe): void {
  const at = recipes.length;
  const back: Resolve = (target) => (at === 0 ? undefined : at - 1 - (target % at));
  recipes.push(withPieces({ ...recipe, name: `${recipe.name}${at}` }, back));
}

const source: Recipe = {
  name: 'source',
  kind: 'fixed',
  declared: { algorithm: 'sha256', hex: 'ab'.repeat(32) },
  isRecursive: false,
  isStructured: false,
  outputs: ['out'],
  builder: ['builtin:fetchurl'],
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

/**
 * The graph twice, once with serials, and a derivation that needs both: as when a user's expression
 * refers to what a teammate rewrote.
 */
export function mixtureOf(recipes: Recipes, serials: SerialsByNumber): Recipes {
  const shift = recipes.length;
  const shifted = withSerials(recipes, serials).map((recipe) =>
    withPieces(recipe, (target) => target + shift),
  );
  const refersToAll = [...recipes, ...shifted].flatMap((_, of): Text => [{ output: 0, of }, ' ']);
  return [...recipes, ...shifted, { ...source, ...joined, builder: refersToAll }];
}

const joined = { name: 'joined', kind: 'input-addressed' } as const;

function withPieces(recipe: Recipe, resolve: Resolve): Recipe {
  const inText = (one: Text): Text =>
    one.map((part) => movePiece(part, resolve)).filter((part) => part !== undefined);
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
