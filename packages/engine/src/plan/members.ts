import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { MarkedGroup } from '@dispatch/graph/groups/group';
import type { PlannedStep, WantedOutputs } from '@dispatch/graph/plan-steps';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import type { GroupMarks } from '../groups/group-marks.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { knownPaths } from '../stores/known-paths.ts';
import type { Locations } from '../stores/locations.ts';
import type { HeldOutputs } from './held-outputs.ts';

/** What is known of an output of a member. */
interface MemberOutput {
  /** What the commit record says of it; undefined where there is none. */
  readonly narHash: string | undefined;
  /** Some store has it, whoever made it. */
  isThere: boolean;
  /** Some store has something else there than the commit record says. */
  isAltered: boolean;
}

/** The members of a run's groups. A valid output says nothing of them: only a commit record does. */
export class Members {
  readonly #graph: RewrittenGraph;
  readonly #marks: GroupMarks;
  readonly #groups = new Map<StorePath, MarkedGroup>();
  readonly #outputs = new Map<StorePath, MemberOutput>();

  constructor(graph: RewrittenGraph, marks: GroupMarks) {
    this.#graph = graph;
    this.#marks = marks;
    for (const group of graph.groups) {
      const outputs = marks.commitOf(group)?.outputs ?? [];
      const recorded = new Map(outputs.map(({ path, narHash }) => [path, narHash]));
      for (const member of group.members) {
        this.#groups.set(member.path, group);
        for (const path of this.#outputsOf(member.path)) {
          const narHash = recorded.get(path);
          this.#outputs.set(path, { narHash, isThere: false, isAltered: false });
        }
      }
    }
  }

  async askHub(hub: DaemonStore, signal: AbortSignal): Promise<void> {
    if (this.#outputs.size === 0) return;
    const infos = await hub.pathInfos([...this.#outputs.keys()], { signal });
    for (const { path, narHash } of infos.values()) {
      this.#found(path, narHash === this.#outputs.get(path)?.narHash);
    }
  }

  /** Notes the paths that a builder has; an output of a member among them is what was made only if held. */
  noteValid(valid: ReadonlySet<StorePath>, held: HeldOutputs): void {
    for (const path of valid) this.#found(path, held.has(path));
  }

  /**
   * The inputs of members under way: where the hub already has outputs of such a member, it does
   * not report its inputs by itself.
   */
  inputsUnderWay(): WantedOutputs[] {
    return this.#graph.groups
      .filter((group) => this.#marks.isUnderWay(group))
      .flatMap(({ members }) => members)
      .flatMap(({ path }) => this.#graph.rewritten.get(path)?.text.inputDrvs ?? [])
      .map(({ path, outputs }) => ({ path, outputs }));
  }

  /**
   * The members whose outputs the steps read: builders are asked for these even where the hub could
   * fetch them.
   */
  readBy(steps: readonly PlannedStep[]): ReadonlySet<StorePath> {
    const read = steps.flatMap(({ inputs }) => inputs.map(({ path }) => path));
    return new Set(read.filter((path) => this.has(path)));
  }

  has(path: StorePath): boolean {
    return this.#groups.has(path);
  }

  /** Whether these outputs of a member count, and a store has them. */
  areThere(
    { path }: DerivationNode,
    outputs: readonly OutputName[],
    locations: Locations,
  ): boolean {
    const group = this.#groups.get(path);
    if (group === undefined || this.#marks.commitOf(group) === undefined) return false;
    const paths = knownPaths(this.#graph.rewritten, { path, outputs });
    return paths.every((one) => locations.isHeld(one) && !this.#outputs.get(one)?.isAltered);
  }

  /**
   * The groups that have to be built and cannot be under these paths: they were committed and their
   * outputs are gone or have changed; or there are remains of an attempt that nobody finished.
   * `canBeFetched` tells whether the hub would get a derivation's outputs without building it.
   */
  spent(
    steps: readonly PlannedStep[],
    canBeFetched: (path: StorePath) => boolean,
  ): readonly MarkedGroup[] {
    const toBuild = new Set(steps.map(({ node }) => this.#groups.get(node.path)));
    return this.#graph.groups.filter((group) => {
      if (!toBuild.has(group) || this.#marks.isUnderWay(group)) return false;
      if (this.#marks.commitOf(group) !== undefined) return true;
      const paths = group.members.map((member) => member.path);
      return (
        paths.some(canBeFetched) ||
        paths.flatMap((path) => this.#outputsOf(path)).some((output) => this.#isThere(output))
      );
    });
  }

  #found(path: StorePath, isAsRecorded: boolean): void {
    const output = this.#outputs.get(path);
    if (output === undefined) return;
    output.isThere = true;
    output.isAltered ||= !isAsRecorded;
  }

  #isThere(output: StorePath): boolean {
    return this.#outputs.get(output)?.isThere === true;
  }

  #outputsOf(path: StorePath): readonly StorePath[] {
    const node = this.#graph.rewritten.get(path);
    return node === undefined ? [] : outputPathsOf(node);
  }
}
