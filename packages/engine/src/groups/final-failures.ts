import type { GroupKey, MarkedGroup } from '@dispatch/graph/groups/group';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';

/** What identifies steps and groups in all plans, whatever their paths are in one of them. */
export type KnownGraph = Pick<RewrittenGraph, 'groups' | 'originalOfRewritten'>;

/**
 * What has failed for good in a run, and is left out of its later plans. There a group that is
 * tried again has new paths, and so has all that depends on it; so groups are known here by their
 * keys, and other steps by their original paths. A test that failed is never tried again.
 */
export class FinalFailures {
  readonly #steps = new Set<StorePath>();
  readonly #groups = new Set<GroupKey>();

  /** Adds steps of a plan of this graph; for a member, its whole group. */
  add(steps: readonly StorePath[], { groups, originalOfRewritten }: KnownGraph): void {
    const members = membersOf(groups);
    for (const path of steps) if (!members.has(path)) this.#steps.add(originalOfRewritten(path));
    this.addGroups(
      groups.filter((group) => group.members.some(({ path }) => steps.includes(path))),
    );
  }

  addGroups(groups: readonly MarkedGroup[]): void {
    for (const { key } of groups) this.#groups.add(key);
  }

  /**
   * Those of the steps that failed before, or depend on one that did, each with the one that failed
   * itself. A group depends on all that any of its members depends on.
   */
  among(steps: readonly PlannedStep[], graph: KnownGraph): ReadonlyMap<StorePath, StorePath> {
    const { groups } = graph;
    const causes = new Map(this.#ofThemselves(steps, graph).map((path) => [path, path]));
    const blame = (path: StorePath, needed: readonly StorePath[]): void => {
      if (causes.has(path)) return;
      const failed = needed.find((other) => causes.has(other));
      if (failed !== undefined) causes.set(path, causes.get(failed) ?? failed);
    };
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

  #ofThemselves(
    steps: readonly PlannedStep[],
    { groups, originalOfRewritten }: KnownGraph,
  ): StorePath[] {
    const members = membersOf(groups);
    const alone = steps.map(({ node }) => node.path).filter((path) => !members.has(path));
    return [
      ...alone.filter((path) => this.#steps.has(originalOfRewritten(path))),
      ...membersOf(groups.filter(({ key }) => this.#groups.has(key))),
    ];
  }
}

function membersOf(groups: readonly MarkedGroup[]): ReadonlySet<StorePath> {
  return new Set(groups.flatMap(({ members }) => members.map(({ path }) => path)));
}
