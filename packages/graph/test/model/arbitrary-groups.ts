import fc from 'fast-check';
import { arbitraryRecipes } from './arbitrary-recipes.ts';
import { asJoin, asMember, type GroupByNumber } from './member-recipes.ts';
import { plainRecipe } from './plain-recipe.ts';
import type { Recipe, Recipes, Text } from './recipe.ts';

/** A graph with groups in it. */
export interface Grouped {
  readonly recipes: Recipes;
  /** The lower before those that stand on them. */
  readonly groups: readonly GroupByNumber[];
}

interface Shape {
  readonly members: readonly MemberShape[];
  /** A second join has the first member, too, and as many others of its own. */
  readonly isShared: boolean;
  readonly isStructured: boolean;
}

interface MemberShape {
  readonly role: string;
  readonly uses: readonly number[];
  readonly outputs: readonly string[];
  readonly isStructured: boolean;
  readonly isSizeText: boolean;
}

const member: fc.Arbitrary<MemberShape> = fc.record({
  role: fc.constantFrom('board', 'client', 'x_1-2'),
  uses: fc.array(fc.nat(9), { maxLength: 3 }),
  outputs: fc.constantFrom(['out'], ['out', 'log'], ['dev', 'out']),
  isStructured: fc.boolean(),
  isSizeText: fc.boolean(),
});

const shape: fc.Arbitrary<Shape> = fc.record({
  members: fc.array(member, { minLength: 1, maxLength: 3 }),
  isShared: fc.boolean(),
  isStructured: fc.boolean(),
});

/**
 * Random graphs with one to three groups among and above them: members of several roles, outputs and
 * forms; members of two joins; groups that stand on the joins of others; something above each join.
 */
export const arbitraryGroups: fc.Arbitrary<Grouped> = fc
  .tuple(arbitraryRecipes(6), fc.array(shape, { minLength: 1, maxLength: 3 }))
  .map(([below, shapes]) => {
    const builder = new GroupedBuilder(below.map(withKnownPaths));
    for (const [number, one] of shapes.entries()) builder.add(`g${number}`, one);
    return builder.grouped();
  });

/** Members must be input-addressed, and so must be nearly everything below them. */
function withKnownPaths(recipe: Recipe): Recipe {
  return recipe.kind === 'fixed' ? recipe : { ...recipe, kind: 'input-addressed' };
}

class GroupedBuilder {
  readonly #recipes: Recipe[];
  /** What members and others may depend on. */
  readonly #usable: number[];
  readonly #groups: GroupByNumber[] = [];

  constructor(below: Recipes) {
    this.#recipes = [...below];
    this.#usable = below.map((_, number) => number);
  }

  grouped(): Grouped {
    return { recipes: this.#recipes, groups: this.#groups };
  }

  add(group: string, { members, isShared, isStructured }: Shape): void {
    const made = members.map((one, index) => this.#member(group, `m${index}`, one, members.length));
    const joins = [this.#join(group, `${group}-join`, made, isStructured)];
    if (isShared) {
      const others = members.slice(1).map((one, index) => {
        return this.#member(group, `n${index}`, one, members.length);
      });
      const all = [made[0]!, ...others];
      joins.push(this.#join(group, `${group}-other`, all, !isStructured));
    }
    this.#usable.push(...joins);
    const above = plainRecipe(`${group}-above`, {
      args: [joins.map((of) => ({ output: 0, of })), [{ bareDrvPathOf: joins[0]! }]],
    });
    this.#usable.push(this.#put(above));
  }

  /** Made when it is joined, since each join has its own. */
  #member(
    group: string,
    name: string,
    { role, uses, outputs, isStructured, isSizeText }: MemberShape,
    size: number,
  ): { readonly recipe: Recipe; readonly role: string } {
    const text: Text = uses.flatMap((use) => {
      const of = this.#usable[use % this.#usable.length];
      return of === undefined ? [] : [{ output: use, of }, ' '];
    });
    const recipe = plainRecipe(`${group}-${name}`, { isStructured, outputs, args: [text] });
    return { recipe: asMember(recipe, { group, role, size, isSizeText }), role };
  }

  #join(
    group: string,
    name: string,
    members: readonly { readonly recipe: Recipe; readonly role: string }[],
    isStructured: boolean,
  ): number {
    const numbers = members.map(({ recipe, role }) => ({ number: this.#put(recipe), role }));
    const text: Text = numbers.flatMap(({ number: of }, index) => [{ output: index, of }, ' ']);
    const recipe = plainRecipe(name, {
      isStructured,
      args: [[{ bareDrvPathOf: numbers[0]!.number }]],
      attributes: [['members', { text }]],
    });
    const join = this.#put(asJoin(recipe, group));
    this.#groups.push({ join, members: numbers });
    return join;
  }

  #put(recipe: Recipe): number {
    this.#recipes.push(recipe);
    return this.#recipes.length - 1;
  }
}
