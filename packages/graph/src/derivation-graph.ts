import type { StorePath } from '@dispatch/nix/store-path';
import { type DerivationNode, inputPaths } from './derivation-node.ts';
import { GraphError } from './errors.ts';

/** Derivations with everything below them, each after its inputs. */
export class DerivationGraph {
  /** In topological order: inputs first. The order hangs on the graph alone. */
  readonly nodes: readonly DerivationNode[];
  readonly #byPath: ReadonlyMap<StorePath, DerivationNode>;

  private constructor(nodes: readonly DerivationNode[], byPath: Map<StorePath, DerivationNode>) {
    this.nodes = nodes;
    this.#byPath = byPath;
  }

  /**
   * The part of `nodes` that the roots need. Throws `incomplete-closure` when something below them
   * is not among the nodes, and `cycle`.
   */
  static closure(nodes: Iterable<DerivationNode>, roots: Iterable<StorePath>): DerivationGraph {
    const available = new Map<StorePath, DerivationNode>();
    for (const node of nodes) available.set(node.path, node);
    const order = topologicalOrder(available, [...roots].toSorted());
    return new DerivationGraph(order, new Map(order.map((node) => [node.path, node])));
  }

  /** A graph from nodes that come after their inputs already; the same path twice counts once. */
  static ofOrdered(nodes: readonly DerivationNode[]): DerivationGraph {
    const byPath = new Map<StorePath, DerivationNode>();
    for (const node of nodes) byPath.set(node.path, node);
    return new DerivationGraph([...byPath.values()], byPath);
  }

  get(path: StorePath): DerivationNode | undefined {
    return this.#byPath.get(path);
  }

  has(path: StorePath): boolean {
    return this.#byPath.has(path);
  }
}

/** All of `nodes` that none of the others needs. */
export function topsOf(nodes: readonly DerivationNode[]): StorePath[] {
  const needed = new Set<StorePath>();
  for (const node of nodes) for (const input of inputPaths(node)) needed.add(input);
  return nodes.filter((node) => !needed.has(node.path)).map((node) => node.path);
}

interface Visit {
  readonly node: DerivationNode;
  readonly inputs: readonly StorePath[];
  next: number;
}

/** Depth first without recursion, since graphs may be tens of thousands deep. */
function topologicalOrder(
  available: ReadonlyMap<StorePath, DerivationNode>,
  roots: readonly StorePath[],
): DerivationNode[] {
  const order: DerivationNode[] = [];
  const state = new Map<StorePath, 'open' | 'done'>();
  const open: Visit[] = [];

  const enter = (path: StorePath, neededBy: StorePath | undefined): void => {
    const known = state.get(path);
    if (known === 'done') return;
    if (known === 'open') throw cycleAt(path, open);
    const node = available.get(path);
    if (node === undefined) throw missing(path, neededBy);
    state.set(path, 'open');
    open.push({ node, inputs: inputPaths(node), next: 0 });
  };

  for (const root of roots) {
    enter(root, undefined);
    for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
      const input = visit.inputs[visit.next];
      visit.next += 1;
      if (input !== undefined) {
        enter(input, visit.node.path);
        continue;
      }
      open.pop();
      state.set(visit.node.path, 'done');
      order.push(visit.node);
    }
  }
  return order;
}

function missing(path: StorePath, neededBy: StorePath | undefined): GraphError {
  const who = neededBy === undefined ? 'it was asked for' : `${neededBy} needs it`;
  return new GraphError('incomplete-closure', `${path} is missing, and ${who}`, path);
}

function cycleAt(path: StorePath, open: readonly Visit[]): GraphError {
  const paths = open.map((visit) => visit.node.path);
  const cycle = [...paths.slice(paths.indexOf(path)), path];
  const shown = cycle.length > 8 ? [...cycle.slice(0, 4), '…', ...cycle.slice(-3)] : cycle;
  return new GraphError('cycle', `derivations depend on each other: ${shown.join(' -> ')}`, path);
}
