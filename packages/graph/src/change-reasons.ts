import type { StorePath } from '@dispatch/nix/store-path';
import { type BitSet, emptySet, numbersIn, union, withNumber } from './bit-set.ts';
import type { DerivationGraph } from './derivation-graph.ts';

/** Why a derivation differs from what Nix evaluated. All paths are those of originals. */
export type ChangeReason =
  | { readonly poisoned: number }
  | { readonly downstreamOf: readonly StorePath[] };

/**
 * Why each derivation of an original graph is changed by serials: it is poisoned itself, or lies above poisoned ones.
 * This is not part of rewriting, since a build has no use for it. A reason is made when it is asked for: with many
 * poisoned derivations, all reasons together are far larger than the graph.
 */
export class ChangeReasons {
  readonly #serials: ReadonlyMap<StorePath, number>;
  /** In the order of the graph. */
  readonly #poisoned: StorePath[] = [];
  /** For each derivation that changes, the places in `#poisoned` of those below it. */
  readonly #below = new Map<StorePath, BitSet>();

  constructor(graph: DerivationGraph, serials: ReadonlyMap<StorePath, number>) {
    this.#serials = serials;
    const causes: BitSet[] = [];
    for (const [place, { path }] of graph.nodes.entries()) {
      let below = emptySet;
      for (const input of graph.inputsAt(place)) below = union(below, causes[input] ?? emptySet);
      const isPoisoned = serials.has(path);
      causes.push(isPoisoned ? withNumber(below, this.#poisoned.push(path) - 1) : below);
      if (isPoisoned || below !== emptySet) this.#below.set(path, below);
    }
  }

  /** All derivations that change, in the order of the graph. */
  get changed(): StorePath[] {
    return [...this.#below.keys()];
  }

  /** The serial of a poisoned derivation. */
  serialOf(path: StorePath): number | undefined {
    return this.#serials.get(path);
  }

  /** Undefined for a derivation that does not change. The poisoned ones below are in the order of the graph. */
  of(path: StorePath): ChangeReason | undefined {
    const below = this.#below.get(path);
    if (below === undefined) return undefined;
    const serial = this.serialOf(path);
    if (serial !== undefined) return { poisoned: serial };
    return { downstreamOf: numbersIn(below).flatMap((place) => this.#poisoned[place] ?? []) };
  }
}
