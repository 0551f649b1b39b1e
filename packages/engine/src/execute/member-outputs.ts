import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { StorePath } from '@dispatch/nix/store-path';
import type { Provenance } from './provenance.ts';

/** Paths with all that they are known to refer to, and the referrers of each. */
interface Walked {
  readonly below: ReadonlySet<StorePath>;
  readonly referrers: ReadonlyMap<StorePath, readonly StorePath[]>;
}

/**
 * The outputs of the members of a run's groups. They count as the members made them, and not as
 * other stores offer them.
 */
export class MemberOutputs {
  readonly #graph: DerivationGraph;
  readonly #members: ReadonlySet<StorePath>;
  readonly #made: ReadonlySet<StorePath>;
  readonly #provenance: Provenance;

  constructor(graph: DerivationGraph, members: ReadonlySet<StorePath>, provenance: Provenance) {
    this.#graph = graph;
    this.#members = members;
    const nodes = [...members].map((path) => graph.get(path)).filter((node) => node !== undefined);
    this.#made = new Set(nodes.flatMap(outputPathsOf));
    this.#provenance = provenance;
  }

  /** The outputs of members among the paths, and among all that these are known to refer to. */
  among(paths: readonly StorePath[]): StorePath[] {
    if (this.#made.size === 0) return [];
    const below = new Set(paths);
    // The set grows while it is walked.
    for (const path of below)
      for (const reference of this.#provenance.referencesOf(path)) below.add(reference);
    return [...below].filter((path) => this.#made.has(path));
  }

  /**
   * Makes a function that tells whether a path is, or refers to, an output of a member. The paths
   * are walked once for all of its calls, since a copy asks about every path.
   */
  restOnMembers(paths: readonly StorePath[]): (path: StorePath) => boolean {
    if (this.#made.size === 0) return () => false;
    const { below, referrers } = this.#walked(paths);
    const above = new Set([...below].filter((path) => this.#made.has(path)));
    for (const path of above) for (const referrer of referrers.get(path) ?? []) above.add(referrer);
    // A source may name further paths that refer to something that this run knows.
    return (path) => (below.has(path) ? above.has(path) : this.among([path]).length > 0);
  }

  #walked(paths: readonly StorePath[]): Walked {
    const below = new Set(paths);
    const referrers = new Map<StorePath, StorePath[]>();
    for (const path of below) {
      for (const reference of this.#provenance.referencesOf(path)) {
        below.add(reference);
        const known = referrers.get(reference);
        if (known === undefined) referrers.set(reference, [path]);
        else known.push(path);
      }
    }
    return { below, referrers };
  }

  /** Whether a derivation depends on a member, directly or through others. */
  areBelow(path: StorePath): boolean {
    if (this.#members.size === 0) return false;
    const walked = new Set([path]);
    for (const above of walked) {
      for (const input of this.#graph.get(above)?.text.inputDrvs ?? []) {
        if (this.#members.has(input.path)) return true;
        walked.add(input.path);
      }
    }
    return false;
  }
}
