import type { Sha256 } from '@dispatch/nix/make-store-path';
import type { StorePath } from '@dispatch/nix/store-path';
import { DerivationGraph } from '../derivation-graph.ts';
import type { DerivationNode } from '../derivation-node.ts';
import type { Rewriting } from '../rewrite-graph.ts';
import { addVariable, groupVariable } from '../serial-variable.ts';
import { type Change, DerivationMover, type InputChanges } from '../transform-graph.ts';
import { groupIdOf, groupKeyOf } from './combination.ts';
import type { FoundGroup, FoundMember } from './find-groups.ts';
import { firstMark, type GroupKey, type MarkedGroup } from './group.ts';

/** A graph whose groups have their ids, and how it maps to the graph without them. */
export interface Marking {
  readonly graph: DerivationGraph;
  /** In the order of the graph: each after the groups that it depends on. */
  readonly groups: readonly MarkedGroup[];
  /**
   * What each changed derivation became, by its path without ids; a member became one variant for
   * each of its groups. Derivations that are not in it stayed as they were.
   */
  readonly changes: ReadonlyMap<StorePath, readonly DerivationNode[]>;
}

/**
 * Gives the members of all groups their ids and recomputes every path above them, as Nix would have
 * computed it with the ids in the expression. `groups` are those of the original graph of
 * `rewriting`; `marks` has the attempt that each combination is at; a combination not in it is at
 * its first.
 */
export function markGroups(
  rewriting: Rewriting,
  groups: readonly FoundGroup[],
  marks: ReadonlyMap<GroupKey, string>,
  sha256: Sha256,
): Marking {
  const marker = new GroupMarker(rewriting, groups, marks, sha256);
  for (const [place, node] of rewriting.graph.nodes.entries()) marker.visit(node, place);
  return marker.marking();
}

/** A member and its place in a graph with serials. */
interface PlacedMember extends Pick<FoundMember, 'name' | 'role'> {
  readonly original: StorePath;
  readonly place: number;
}

interface PlacedGroup {
  readonly name: string;
  readonly members: readonly PlacedMember[];
}

/** The combination that a group tests, and which attempt at it this is. */
type Attempt = Pick<MarkedGroup, 'key' | 'mark' | 'id'>;

class GroupMarker {
  readonly #graph: DerivationGraph;
  readonly #marks: ReadonlyMap<GroupKey, string>;
  readonly #sha256: Sha256;
  readonly #mover: DerivationMover;
  /** By the place of the join. */
  readonly #joined = new Map<number, PlacedGroup>();
  /** Places of members: only their joins use them. */
  readonly #memberPlaces = new Set<number>();
  /** By place; for a member, what it became without an id. */
  readonly #changes: (Change | undefined)[] = [];
  readonly #nodes: DerivationNode[] = [];
  readonly #groups = new Map<GroupKey, MarkedGroup>();
  readonly #became = new Map<StorePath, DerivationNode[]>();

  constructor(
    { graph, modulos, changes }: Rewriting,
    groups: readonly FoundGroup[],
    marks: ReadonlyMap<GroupKey, string>,
    sha256: Sha256,
  ) {
    this.#graph = graph;
    this.#marks = marks;
    this.#sha256 = sha256;
    this.#mover = new DerivationMover(graph, modulos, sha256);
    const placeOf = ({ path }: DerivationNode): number =>
      graph.placeOf(changes.get(path)?.path ?? path) ?? -1;
    for (const { name, join, members } of groups) {
      const placed = members.map((member) => ({
        name: member.name,
        role: member.role,
        original: member.node.path,
        place: placeOf(member.node),
      }));
      this.#joined.set(placeOf(join), { name, members: placed });
      for (const { place } of placed) this.#memberPlaces.add(place);
    }
  }

  visit(node: DerivationNode, place: number): void {
    const group = this.#joined.get(place);
    if (group !== undefined) {
      this.#visitJoin(node, place, group);
      return;
    }
    const change = this.#mover.move(place, node, undefined, this.#inputsAt(place));
    this.#changes.push(change);
    // Nobody builds a member without an id.
    if (!this.#memberPlaces.has(place)) this.#keep(node, change);
  }

  marking(): Marking {
    return {
      graph: DerivationGraph.ofOrdered(this.#nodes),
      groups: [...this.#groups.values()],
      changes: this.#became,
    };
  }

  #visitJoin(node: DerivationNode, place: number, group: PlacedGroup): void {
    const attempt = this.#attemptAt(group);
    const variants = new Map<number, Change | undefined>();
    for (const member of group.members) {
      const change = this.#variantOf(member.place, attempt.id);
      variants.set(member.place, change);
      this.#keep(this.#nodeAt(member.place), change);
    }
    const change = this.#mover.move(place, node, undefined, this.#inputsAt(place, variants));
    this.#changes.push(change);
    this.#keep(node, change);
    // Several joins of the same members join one group.
    if (this.#groups.has(attempt.key)) return;
    const members = group.members.map(({ name, role, original, place: at }) => {
      return { name, role, original, path: variants.get(at)?.after.path ?? original };
    });
    const join = change?.after.path ?? node.path;
    const path = members[0]?.path ?? join;
    this.#groups.set(attempt.key, { ...attempt, path, name: group.name, join, members });
  }

  #attemptAt({ members }: PlacedGroup): Attempt {
    const combined = members.map(({ role, place }) => ({
      role,
      node: this.#changes[place]?.after ?? this.#nodeAt(place),
    }));
    const key = groupKeyOf(combined, this.#sha256);
    const mark = this.#marks.get(key) ?? firstMark;
    return { key, mark, id: groupIdOf(mark, combined, this.#sha256) };
  }

  #variantOf(place: number, id: string): Change | undefined {
    const node = this.#nodeAt(place);
    const recipe = addVariable(node, groupVariable, id);
    return this.#mover.move(place, node, recipe, this.#inputsAt(place));
  }

  /** `instead` overrides what became of some inputs, for this one derivation alone. */
  #inputsAt(place: number, instead?: ReadonlyMap<number, Change | undefined>): InputChanges {
    return this.#graph
      .inputsAt(place)
      .map((input) => (instead?.has(input) ? instead.get(input) : this.#changes[input]));
  }

  #nodeAt(place: number): DerivationNode {
    const node = this.#graph.nodes[place];
    if (node === undefined) throw new RangeError(`there is no derivation at ${place}`);
    return node;
  }

  #keep(before: DerivationNode, change: Change | undefined): void {
    this.#nodes.push(change?.after ?? before);
    if (change === undefined) return;
    const known = this.#became.get(before.path);
    if (known === undefined) this.#became.set(before.path, [change.after]);
    else if (known.every(({ path }) => path !== change.after.path)) known.push(change.after);
  }
}
