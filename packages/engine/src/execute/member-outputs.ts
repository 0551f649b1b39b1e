import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { StorePath } from '@dispatch/nix/store-path';
import type { Provenance } from './provenance.ts';

/** Paths with all that they refer to, as far as that is known, and which of them refer to each. */
interface Walked {
  readonly below: ReadonlySet<StorePath>;
  readonly referrers: ReadonlyMap<StorePath, readonly StorePath[]>;
}

/** What the members of a run's groups make: it counts as they made it, and not as others offer it. */
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

  /** Those of the paths, and of what they refer to as far as that is known. */
  among(paths: readonly StorePath[]): StorePath[] {
    if (this.#made.size === 0) return [];
    const below = new Set(paths);
    // The set grows while it is walked.
    for (const path of below)
      for (const reference of this.#provenance.referencesOf(path)) below.add(reference);
    return [...below].filter((path) => this.#made.has(path));
  }

  /**
   * Tells of each of the paths, and of what they refer to, whether it is or refers to what a member made.
   * All is walked once: whoever copies asks of every path.
   */
  restOnMembers(paths: readonly StorePath[]): (path: StorePath) => boolean {
    if (this.#made.size === 0) return () => false;
    const { below, referrers } = this.#walked(paths);
    const above = new Set([...below].filter((path) => this.#made.has(path)));
    for (const path of above) for (const referrer of referrers.get(path) ?? []) above.add(referrer);
    // A source may tell of a path that it refers to something that this run knows.
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

  /** Whether a derivation, or anything that it is made from, is made from what a member made. */
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
