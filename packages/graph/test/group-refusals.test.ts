import { describe, expect, test } from 'vitest';
import { assertNoMember } from '../src/groups/group-rules.ts';
import { load, nodeOf } from './loaded-graph.ts';
import { mark } from './marked-graph.ts';
import { instantiate } from './model/instantiate.ts';
import { asJoin, asMember, type MemberWords } from './model/member-recipes.ts';
import { plainRecipe } from './model/plain-recipe.ts';
import { type Recipe, type Recipes, withAttribute } from './model/recipe.ts';

const words: MemberWords = { group: 'hil', role: 'board', size: 2 };

function member(name: string, rest: Partial<Recipe> = {}, also: Partial<MemberWords> = {}): Recipe {
  return asMember(plainRecipe(name, rest), { ...words, role: name, ...also });
}

/** A derivation that needs the recipes of these numbers. */
function needs(name: string, ...numbers: readonly number[]): Recipe {
  return plainRecipe(name, { args: [numbers.map((of) => ({ output: 0, of }))] });
}

function join(...numbers: readonly number[]): Recipe {
  return asJoin(needs('join', ...numbers), 'hil');
}

function without(recipe: Recipe, name: string): Recipe {
  return { ...recipe, attributes: recipe.attributes.filter(([key]) => key !== name) };
}

const hashed = {
  kind: 'fixed',
  declared: { algorithm: 'sha256', hex: '0'.repeat(64) },
} as const;

const fine = [member('board'), member('client')];

const refused: readonly (readonly [what: string, recipes: Recipes, at: number, why: RegExp])[] = [
  ['a member too few', [member('board'), join(0)], 1, /joins 1 of the 2 members .*1 missing/],
  [
    'a member too many',
    [...fine, member('third'), join(0, 1, 2)],
    3,
    /joins 3 of the 2 members .*1 too many.*dispatchGroupSize to 3/,
  ],
  [
    'sizes that disagree',
    [member('board'), member('client', {}, { size: 3 }), join(0, 1)],
    2,
    /do not agree.*board \(.*, of 2\), client \(.*, of 3\)/,
  ],
  ['no members at all', [plainRecipe('a'), join(0)], 1, /none of its direct inputs/],
  [
    'one result twice',
    [
      plainRecipe('source', { ...hashed, attributes: [['mirror', { text: ['one'] }]] }),
      plainRecipe('source', { ...hashed, attributes: [['mirror', { text: ['two'] }]] }),
      member('board', { args: [[{ output: 0, of: 0 }]] }),
      member('board', { args: [[{ output: 0, of: 1 }]] }),
      join(2, 3),
    ],
    4,
    /which make the same .*give one of them another role/,
  ],
  [
    'a member that needs another',
    [member('board'), member('client', { args: [[{ output: 0, of: 0 }]] }), join(0, 1)],
    1,
    /members of one group run at the same time/,
  ],
  [
    'a member that needs another by its .drv file',
    [member('board'), member('client', { args: [[{ bareDrvPathOf: 0 }]] }), join(0, 1)],
    1,
    /members of one group run at the same time/,
  ],
  [
    'a member that needs another by way of something else',
    [
      member('board'),
      needs('between', 0),
      member('client', { args: [[{ output: 0, of: 1 }]] }),
      join(0, 2),
    ],
    1,
    /only a derivation with dispatchJoin = "hil" may/,
  ],
  [
    'a member that needs another by way of a join of both',
    [
      member('board'),
      member('other'),
      join(0, 1),
      member('client', { args: [[{ output: 0, of: 2 }]] }),
      asJoin(needs('upper', 0, 3), 'hil'),
    ],
    3,
    /members must not depend on each other/,
  ],
  [
    'something else that needs a member',
    [...fine, join(0, 1), needs('thief', 1, 2)],
    3,
    /only a derivation with dispatchJoin = "hil" may/,
  ],
  [
    'a member of another group that needs a member',
    [
      ...fine,
      join(0, 1),
      member('thief', { args: [[{ output: 0, of: 0 }]] }, { group: 'lab', size: 1 }),
      asJoin(needs('lab', 3), 'lab'),
    ],
    3,
    /only a derivation with dispatchJoin = "hil" may/,
  ],
  [
    'a join of another group that needs a member',
    [...fine, join(0, 1), asJoin(needs('lab', 0), 'lab')],
    3,
    /only a derivation with dispatchJoin = "hil" may/,
  ],
  [
    'a join that needs only the .drv file of a member',
    [member('board'), asJoin(plainRecipe('join', { args: [[{ bareDrvPathOf: 0 }]] }), 'hil')],
    1,
    /use its outputs, not its \.drv file alone/,
  ],
  [
    'a join that is a member',
    [...fine, asMember(join(0, 1), { ...words, group: 'upper' })],
    2,
    /put a derivation of its own/,
  ],
  [
    'a fixed-output join',
    [...fine, asJoin({ ...needs('join', 0, 1), ...hashed, outputs: ['out'] }, 'hil')],
    2,
    /never be tested again: drop its outputHash/,
  ],
  [
    'a fixed-output member',
    [member('board', { ...hashed }), member('client'), join(0, 1)],
    0,
    /fixed-output.*__noChroot = true.*relaxed/,
  ],
  [
    'a content-addressed member',
    [member('board', { kind: 'floating' }), member('client'), join(0, 1)],
    0,
    /Drop __contentAddressed/,
  ],
  [
    'an impure member',
    [member('board', { kind: 'impure' }), member('client'), join(0, 1)],
    0,
    /impure.*__noChroot = true.*relaxed/,
  ],
  [
    'a deferred member',
    [
      plainRecipe('ca', { kind: 'floating' }),
      member('board', { args: [[{ output: 0, of: 0 }]] }),
      member('client'),
      join(1, 2),
    ],
    1,
    /drop __contentAddressed or __impure there/,
  ],
  [
    'a member for any machine',
    [without(member('board'), 'requiredSystemFeatures'), member('client'), join(0, 1)],
    0,
    /add requiredSystemFeatures = \[ "dispatch-group" \]/,
  ],
  [
    'a member without a role',
    [without(member('board'), 'dispatchRole'), member('client'), join(0, 1)],
    0,
    /add dispatchRole/,
  ],
  [
    'a member without a size',
    [without(member('board'), 'dispatchGroupSize'), member('client'), join(0, 1)],
    0,
    /add dispatchGroupSize/,
  ],
  [
    'a role without a group',
    [without(member('board'), 'dispatchGroup'), join(0)],
    0,
    /has dispatchRole without dispatchGroup/,
  ],
  [
    'a size without a group',
    [withAttribute(plainRecipe('board'), 'dispatchGroupSize', '2'), join(0)],
    0,
    /has dispatchGroupSize without dispatchGroup/,
  ],
  ...['a b', '-a', 'a.1', 'x'.repeat(64), 'ü'].map(
    (role) =>
      [
        `the role '${role}'`,
        [member('board', {}, { role }), member('client'), join(0, 1)],
        0,
        /has dispatchRole = '.*', which must be/,
      ] as const,
  ),
  ...['a b', '/', '.a', 'x'.repeat(101)].map(
    (group) =>
      [
        `the group '${group}'`,
        [member('board', {}, { group, size: 1 }), asJoin(needs('join', 0), group)],
        0,
        /has dispatchGroup = '.*', which must be/,
      ] as const,
  ),
  ...['0', '02', '-1', '1.5', '10000', 'two'].map(
    (size) =>
      [
        `the size '${size}'`,
        [
          withAttribute(without(member('board'), 'dispatchGroupSize'), 'dispatchGroupSize', size),
          join(0),
        ],
        0,
        /has dispatchGroupSize = '.*', which must be a whole number from 1 to 9999/,
      ] as const,
  ),
];

describe.each([
  ['in the environment', false],
  ['in structured attributes', true],
])('a group %s', (_, isStructured) => {
  const form = (recipes: Recipes): Recipes => recipes.map((one) => ({ ...one, isStructured }));

  test.each(refused)('is refused with %s', (_what, recipes, at, why) => {
    const files = instantiate(form(recipes));
    expect(() => mark(load(files))).toThrow(
      expect.objectContaining({
        code: 'bad-group',
        path: files[at]!.path,
        message: expect.stringMatching(why),
      }),
    );
  });

  test('is as it should be otherwise', () => {
    const { groups } = mark(load(instantiate(form([...fine, join(0, 1), needs('above', 2)]))));
    expect(groups.map(({ name, mark: at, members }) => [name, at, members.length])).toEqual([
      ['hil', 'first', 2],
    ]);
  });

  test('names members that share a role in the order of their derivations', () => {
    const role = { role: 'board', size: 3 };
    const recipes = [
      member('z', {}, role),
      member('client', {}, { size: 3 }),
      member('a', {}, role),
      join(0, 1, 2),
    ];
    const [group] = mark(load(instantiate(form(recipes)))).groups;
    const names = group!.members.map(({ name, original }) => [
      name,
      /-([a-z]+)\.drv$/.exec(original)![1],
    ]);
    expect(names).toEqual([
      ['board.1', 'a'],
      ['board.2', 'z'],
      ['client', 'client'],
    ]);
  });

  test('is not asked for by its members', () => {
    const [board, , whole] = instantiate(form([...fine, join(0, 1)])).map(nodeOf);
    expect(() => assertNoMember(board!)).toThrow(
      expect.objectContaining({
        code: 'bad-group',
        message: expect.stringContaining('name the derivation that joins them'),
      }),
    );
    expect(() => assertNoMember(whole!)).not.toThrow();
  });

  test('is none where a member stands alone because it was asked for', () => {
    const files = instantiate(form([member('board')]));
    expect(mark(load(files)).groups).toEqual([]);
  });
});
