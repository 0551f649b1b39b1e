import type { StorePath } from '@dispatch/nix/store-path';
import { type DerivationNode, inputPaths } from './derivation-node.ts';
import { GraphError } from './errors.ts';

/** Derivations, each after its inputs. */
export interface TopologicalOrder {
  readonly nodes: readonly DerivationNode[];
  /** For each node, the places in `nodes` of its inputs, in the order of `inputPaths`. */
  readonly inputs: readonly (readonly number[])[];
}

/** The state of one derivation while the order is computed. */
interface Visit {
  readonly node: DerivationNode;
  /** Undefined until it is entered, then -1 until all of its inputs have a place. */
  place: number | undefined;
  inputs: readonly Visit[];
  next: number;
}

/**
 * The roots and everything of `nodes` that they need, inputs first; the order depends on the roots
 * and the graph alone. Throws `incomplete-closure` when something is not among the nodes, and
 * `cycle`.
 *
 * Depth first without recursion, since graphs may be tens of thousands deep. Paths are looked up
 * once for each edge; later stages use the places instead, since long strings are slow keys.
 */
export function topologicalOrder(
  nodes: Iterable<DerivationNode>,
  roots: readonly StorePath[],
): TopologicalOrder {
  const visits = new Map<StorePath, Visit>();
  for (const node of nodes) visits.set(node.path, { node, place: undefined, inputs: [], next: 0 });
  const order: DerivationNode[] = [];
  const inputs: (readonly number[])[] = [];
  const open: Visit[] = [];

  const enter = (visit: Visit): void => {
    if (visit.place === -1) throw cycleAt(visit, open);
    if (visit.place !== undefined) return;
    visit.place = -1;
    visit.inputs = inputPaths(visit.node).map((path) => visitOf(visits, path, visit.node.path));
    open.push(visit);
  };

  for (const root of roots) {
    enter(visitOf(visits, root, undefined));
    for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
      const input = visit.inputs[visit.next];
      visit.next += 1;
      if (input !== undefined) {
        enter(input);
        continue;
      }
      open.pop();
      visit.place = order.length;
      order.push(visit.node);
      inputs.push(visit.inputs.map((one) => one.place ?? -1));
    }
  }
  return { nodes: order, inputs };
}

function visitOf(
  visits: ReadonlyMap<StorePath, Visit>,
  path: StorePath,
  neededBy: StorePath | undefined,
): Visit {
  const visit = visits.get(path);
  if (visit !== undefined) return visit;
  const who = neededBy === undefined ? 'it was asked for' : `${neededBy} needs it`;
  throw new GraphError('incomplete-closure', `${path} is missing, and ${who}`, path);
}

function cycleAt({ node: { path } }: Visit, open: readonly Visit[]): GraphError {
  const paths = open.map((visit) => visit.node.path);
  const cycle = [...paths.slice(paths.indexOf(path)), path];
  const shown = cycle.length > 8 ? [...cycle.slice(0, 4), '…', ...cycle.slice(-3)] : cycle;
  return new GraphError('cycle', `derivations depend on each other: ${shown.join(' -> ')}`, path);
}
