import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';
import type { DerivationNode } from './derivation-node.ts';

/** Outputs of a derivation that somebody wants. */
export interface WantedOutputs {
  readonly path: StorePath;
  readonly outputs: readonly OutputName[];
}

/** One derivation that has to be built. */
export interface PlannedStep {
  readonly node: DerivationNode;
  /** Other steps of the plan whose outputs this one needs. */
  readonly dependencies: readonly StorePath[];
  /** The outputs that it needs of all its input derivations, including those that exist already. */
  readonly inputs: readonly WantedOutputs[];
}

/** Whether these outputs of a derivation exist somewhere, so that it need not be built. */
export type IsAvailable = (node: DerivationNode, outputs: readonly OutputName[]) => boolean;

/**
 * The derivations to build so that the wanted outputs exist, inputs first. A derivation whose
 * outputs are available is not built, and its inputs are not looked at: a result is enough,
 * whatever became of its inputs.
 */
export function planSteps(
  graph: DerivationGraph,
  wanted: readonly WantedOutputs[],
  isAvailable: IsAvailable,
): PlannedStep[] {
  const needed = new Map<StorePath, Set<OutputName>>();
  for (const root of wanted) need(needed, root);
  const building = new Set<StorePath>();
  // From the roots down, so that a derivation comes after all that want its outputs.
  for (const node of graph.nodes.toReversed()) {
    const outputs = needed.get(node.path);
    if (outputs === undefined || isAvailable(node, [...outputs])) continue;
    building.add(node.path);
    for (const input of node.text.inputDrvs) need(needed, input);
  }
  return graph.nodes
    .filter((node) => building.has(node.path))
    .map((node) => {
      const inputs = node.text.inputDrvs.map(({ path, outputs }) => ({ path, outputs }));
      const dependencies = inputs.map(({ path }) => path).filter((path) => building.has(path));
      return { node, dependencies, inputs };
    });
}

function need(needed: Map<StorePath, Set<OutputName>>, { path, outputs }: WantedOutputs): void {
  const known = needed.get(path);
  if (known === undefined) needed.set(path, new Set(outputs));
  else for (const output of outputs) known.add(output);
}
