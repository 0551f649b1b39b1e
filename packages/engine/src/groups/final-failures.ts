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

  /** Of these steps the ones that failed, and all that stand on them: a group does with any of its members. */
  among(steps: readonly PlannedStep[], groups: readonly MarkedGroup[]): Set<StorePath> {
    const found = new Set(this.#steps);
    for (let before = -1; before !== found.size; ) {
      before = found.size;
      for (const group of groups)
        if (this.#groups.has(group.key) || hasMember(group, found))
          for (const { path } of group.members) found.add(path);
      for (const { node, dependencies } of steps)
        if (dependencies.some((path) => found.has(path))) found.add(node.path);
    }
    return found;
  }
}

function hasMember({ members }: MarkedGroup, paths: ReadonlySet<StorePath>): boolean {
  return members.some(({ path }) => paths.has(path));
}
