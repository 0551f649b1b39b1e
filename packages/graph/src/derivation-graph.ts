import type { StorePath } from '@dispatch/nix/store-path';
import { type DerivationNode, inputPaths } from './derivation-node.ts';
import { GraphError } from './errors.ts';
import { topologicalOrder } from './topological-order.ts';

/** Derivations together with everything below them. */
export class DerivationGraph {
  /** In topological order: inputs first. The order depends on the graph alone. */
  readonly nodes: readonly DerivationNode[];
  readonly #places: ReadonlyMap<StorePath, number>;
  #inputs: readonly (readonly number[])[] | undefined;

  private constructor(nodes: readonly DerivationNode[], inputs?: readonly (readonly number[])[]) {
    this.nodes = nodes;
    this.#inputs = inputs;
    this.#places = new Map(nodes.map((node, place) => [node.path, place]));
  }

  /**
   * The graph of the roots and of everything that they need of `nodes`. Throws `incomplete-closure`
   * when something below the roots is not among the nodes, and `cycle`.
   */
  static closure(nodes: Iterable<DerivationNode>, roots: Iterable<StorePath>): DerivationGraph {
    const order = topologicalOrder(nodes, [...roots].toSorted());
    return new DerivationGraph(order.nodes, order.inputs);
  }

  /** A graph of nodes that are in topological order already; a path given twice counts once. */
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

  /** The index of a derivation in `nodes`. */
  placeOf(path: StorePath): number | undefined {
    return this.#places.get(path);
  }

  /** The places of the inputs of the derivation at a place, in the order of `inputPaths`. */
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

/** The paths of those of `nodes` that are no input of another one. */
export function topsOf(nodes: readonly DerivationNode[]): StorePath[] {
  const needed = new Set<StorePath>();
  for (const node of nodes) for (const input of inputPaths(node)) needed.add(input);
  return nodes.filter((node) => !needed.has(node.path)).map((node) => node.path);
}
