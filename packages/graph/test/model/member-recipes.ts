import { createHash } from 'node:crypto';
import { instantiate } from './instantiate.ts';
import { type Recipe, type Recipes, type Value, withAttribute } from './recipe.ts';

/** What the expression of a member says of its group; `size` may be a number or a text. */
export interface MemberWords {
  readonly group: string;
  readonly role: string;
  readonly size: number;
  readonly isSizeText?: boolean;
}

/** The recipe as that of a member. */
export function asMember(
  recipe: Recipe,
  { group, role, size, isSizeText = false }: MemberWords,
): Recipe {
  const digits = String(size);
  const attributes: readonly (readonly [string, Value])[] = [
    ['dispatchGroup', { text: [group] }],
    ['dispatchRole', { text: [role] }],
    [
      'dispatchGroupSize',
      isSizeText ? { text: [digits] } : { number: { nix: digits, env: digits, json: digits } },
    ],
    ['requiredSystemFeatures', { list: [{ text: ['dispatch-group'] }, { text: ['board'] }] }],
  ];
  return { ...recipe, attributes: [...recipe.attributes, ...attributes] };
}

/** The recipe as that of a join. */
export function asJoin(recipe: Recipe, group: string): Recipe {
  return withAttribute(recipe, 'dispatchJoin', group);
}

/**
 * A join and its members by their numbers. A member that two joins share stands in the list of recipes
 * once for each, so that each can get an id of its own; without ids Nix makes one derivation of them.
 */
export interface GroupByNumber {
  readonly join: number;
  readonly members: readonly { readonly number: number; readonly role: string }[];
}

interface WithIds {
  readonly recipes: Recipes;
  /** Of each group, in their order. */
  readonly keys: readonly string[];
  readonly ids: readonly string[];
}

/** The recipes with ids in the expression, from the lowest group up. */
export function withIds(
  recipes: Recipes,
  groups: readonly GroupByNumber[],
  markOf: (join: number, key: string) => string,
): WithIds {
  let marked = recipes;
  const keys: string[] = [];
  const ids: string[] = [];
  for (const { join, members } of groups) {
    const instances = instantiate(marked);
    const triples = members
      .flatMap(({ number, role }) =>
        [...instances[number]!.outputs].map(([name, path]) => [role, name, path]),
      )
      .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      .flat();
    const key = hashOf(triples);
    const id = hashOf([markOf(join, key), ...triples]);
    const numbers = new Set(members.map(({ number }) => number));
    marked = marked.map((recipe, number) =>
      numbers.has(number) ? withAttribute(recipe, 'dispatchGroupId', id) : recipe,
    );
    keys.push(key);
    ids.push(id);
  }
  return { recipes: marked, keys, ids };
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:${text}`);
  return hash.digest('hex');
}
