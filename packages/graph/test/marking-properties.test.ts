import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MarkedGroup } from '../src/groups/group.ts';
import type { Marking } from '../src/groups/mark-groups.ts';
import { outputPathsOf } from '../src/shared-serials.ts';
import { load, textsByPath, textsOf, unrewrite } from './loaded-graph.ts';
import { mark } from './marked-graph.ts';
import { arbitraryGroups, type Grouped } from './model/arbitrary-groups.ts';
import { instantiate } from './model/instantiate.ts';
import { withIds } from './model/member-recipes.ts';
import { arbitraryChoice, type Choice, holds, serialsByNumber } from './model/poisoned-recipes.ts';
import { withSerials } from './model/recipe.ts';

const cases = fc.tuple(arbitraryGroups, arbitraryChoice, fc.integer({ min: 1, max: 3 }));

interface Expected {
  readonly original: ReturnType<typeof instantiate>;
  readonly serials: ReadonlyMap<ReturnType<typeof instantiate>[number]['path'], number>;
  readonly marks: ReadonlyMap<string, string>;
  readonly marked: ReturnType<typeof instantiate>;
  readonly ids: readonly string[];
}

/** As the expression would be evaluated with serials and ids in it; every third combination is tried again. */
function expected({ recipes, groups }: Grouped, choice: Choice, again: number): Expected {
  const original = instantiate(recipes);
  const byNumber = serialsByNumber(recipes, choice);
  const marks = new Map<string, string>();
  const markOf = (_: number, key: string): string => {
    if (Number.parseInt(key.slice(0, 2), 16) % 3 !== again - 1) return 'first';
    marks.set(key, `again-${key.slice(0, 4)}`);
    return `again-${key.slice(0, 4)}`;
  };
  const { recipes: withAll, ids } = withIds(withSerials(recipes, byNumber), groups, markOf);
  return {
    original,
    serials: new Map([...byNumber].map(([at, serial]) => [original[at]!.path, serial])),
    marks,
    marked: instantiate(withAll),
    ids,
  };
}

const numRuns = 40;

describe('marking groups', () => {
  test('gives what Nix would have evaluated with the ids in the expression', () => {
    holds(
      cases,
      ([grouped, choice, again]) => {
        const { original, serials, marks, marked, ids } = expected(grouped, choice, again);
        const marking = mark(load(original), serials, marks);
        expect(textsOf(marking.graph)).toEqual(textsByPath(marked));
        // Two joins of the same members join one group.
        expect(new Set(marking.groups.map(({ id }) => id))).toEqual(new Set(ids));
        expect(marking.groups).toHaveLength(new Set(ids).size);
        for (const [index, { join, members }] of grouped.groups.entries()) {
          const forms = members.map(({ number }) => marked[number]!.path);
          expect(describedBy(marking.groups, ids[index]!)).toMatchObject({
            originals: members.map(({ number }) => original[number]!.path).toSorted(),
            paths: forms.toSorted(),
          });
          const changed = [...marking.changes.values()].flat().map(({ path }) => path);
          expect(changed).toEqual(expect.arrayContaining([marked[join]!.path, ...forms]));
        }
        expect(textsOf(mark(load(marked), serials, marks).graph)).toEqual(textsByPath(marked));
      },
      numRuns,
    );
  });

  test('is taken out again without a trace, and variants of one member become one again', () => {
    holds(
      cases,
      ([grouped, choice, again]) => {
        const { original, serials, marked } = expected(grouped, choice, again);
        const back = unrewrite(load(marked));
        expect(textsOf(back.graph)).toEqual(textsByPath(original));
        expect(back.carried).toEqual(serials);
        expect(marked.map(({ path }) => back.originals.get(path) ?? path)).toEqual(
          original.map(({ path }) => path),
        );
      },
      numRuns,
    );
  });

  test('makes all members of a group new, or none, when anything below one changes', () => {
    holds(
      cases,
      ([grouped, choice]) => {
        const { original, serials } = expected(grouped, choice, 1);
        const before = mark(load(original));
        const after = mark(load(original), serials);
        for (const [index, group] of before.groups.entries()) {
          const paths = new Set(outputsOf(after, after.groups[index]!));
          const all = outputsOf(before, group);
          const same = all.filter((path) => paths.has(path));
          expect(same).toHaveLength(group.key === after.groups[index]!.key ? all.length : 0);
        }
      },
      numRuns,
    );
  });
});

function outputsOf({ graph }: Marking, { members }: MarkedGroup): string[] {
  return members.flatMap(({ path }) => outputPathsOf(graph.get(path)!));
}

function describedBy(groups: readonly MarkedGroup[], wanted: string): object {
  const group = groups.find(({ id }) => id === wanted)!;
  expect(group.path).toBe(group.members[0]!.path);
  expect(new Set(group.members.map(({ name }) => name)).size).toBe(group.members.length);
  return {
    originals: group.members.map(({ original }) => original).toSorted(),
    paths: group.members.map(({ path }) => path).toSorted(),
  };
}
