import type { StorePath } from '@dispatch/nix/store-path';
import { type DerivationNode, inputPaths } from './derivation-node.ts';
import { GraphError } from './errors.ts';
import { topologicalOrder } from './topological-order.ts';

/** Derivations with everything below them, each after its inputs. */
export class DerivationGraph {
  /** In topological order: inputs first. The order hangs on the graph alone. */
  readonly nodes: readonly DerivationNode[];
  readonly #places: ReadonlyMap<StorePath, number>;
  #inputs: readonly (readonly number[])[] | undefined;

  private constructor(nodes: readonly DerivationNode[], inputs?: readonly (readonly number[])[]) {
    this.nodes = nodes;
    this.#inputs = inputs;
    this.#places = new Map(nodes.map((node, place) => [node.path, place]));
  }

  /**
   * The part of `nodes` that the roots need. Throws `incomplete-closure` when something below them
   * is not among the nodes, and `cycle`.
   */
  static closure(nodes: Iterable<DerivationNode>, roots: Iterable<StorePath>): DerivationGraph {
    const order = topologicalOrder(nodes, [...roots].toSorted());
    return new DerivationGraph(order.nodes, order.inputs);
  }

  /** A graph from nodes that come after their inputs already; the same path twice counts once. */
  static ofOrdered(nodes: readonly DerivationNode[]): DerivationGraph {
    const byPath = new Map(nodes.map((node) => [node.path, node]));
    return new DerivationGraph(byPath.size === nodes.length ? nodes : [...byPath.values()]);
  }

  get(path: StorePath): DerivationNode | undefined {
    const place = this.#places.get(path);
    return place === undefined ? undefined : this.nodes[place];
  }

  has(path: StorePath): boolean {
    return this.#places.has(path);
  }

  /** Where a derivation is in `nodes`. */
  placeOf(path: StorePath): number | undefined {
    return this.#places.get(path);
  }

  /** The places of what the derivation at a place needs, in the order of `inputPaths`. */
  inputsAt(place: number): readonly number[] {
    this.#inputs ??= this.nodes.map((node) => inputPaths(node).map((path) => this.#placed(path)));
    return this.#inputs[place] ?? [];
  }

  #placed(path: StorePath): number {
    const place = this.#places.get(path);
    if (place !== undefined) return place;
    throw new GraphError('incomplete-closure', `${path} is missing`, path);
  }
}

/** All of `nodes` that none of the others needs. */
export function topsOf(nodes: readonly DerivationNode[]): StorePath[] {
  const needed = new Set<StorePath>();
  for (const node of nodes) for (const input of inputPaths(node)) needed.add(input);
  return nodes.filter((node) => !needed.has(node.path)).map((node) => node.path);
}
