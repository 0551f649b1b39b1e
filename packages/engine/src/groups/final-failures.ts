import type { GroupKey, MarkedGroup } from '@dispatch/graph/groups/group';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What a run has found to fail, for the plans that it makes later. Groups are known by their keys there:
 * one that has failed would be planned on new paths, and a failed test is never tried again.
 */
export class FinalFailures {
  readonly #steps = new Set<StorePath>();
  readonly #groups = new Set<GroupKey>();

  /** Steps of a plan with these groups. */
  add(steps: readonly StorePath[], groups: readonly MarkedGroup[]): void {
    for (const path of steps) this.#steps.add(path);
    this.addGroups(groups.filter((group) => hasMember(group, this.#steps)));
  }

  addGroups(groups: readonly MarkedGroup[]): void {
    for (const { key } of groups) this.#groups.add(key);
  }

  /**
   * Of these steps the ones that failed, and all that stand on them: a group does with any of its members.
   * Each with the one that failed itself.
   */
  among(
    steps: readonly PlannedStep[],
    groups: readonly MarkedGroup[],
  ): ReadonlyMap<StorePath, StorePath> {
    const causes = new Map([...this.#steps].map((path) => [path, path]));
    const blame = (path: StorePath, needed: readonly StorePath[]): void => {
      if (causes.has(path)) return;
      const failed = needed.find((other) => causes.has(other));
      if (failed !== undefined) causes.set(path, causes.get(failed) ?? failed);
    };
    for (const { key, members } of groups)
      if (this.#groups.has(key)) for (const { path } of members) causes.set(path, path);
    for (let before = -1; before !== causes.size; ) {
      before = causes.size;
      for (const { members } of groups) {
        const paths = members.map(({ path }) => path);
        for (const path of paths) blame(path, paths);
      }
      for (const { node, dependencies } of steps) blame(node.path, dependencies);
    }
    return causes;
  }
}

function hasMember({ members }: MarkedGroup, paths: ReadonlySet<StorePath>): boolean {
  return members.some(({ path }) => paths.has(path));
}
