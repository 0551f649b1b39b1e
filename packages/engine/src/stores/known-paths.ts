import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { PlannedStep, WantedOutputs } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';

/** The paths of outputs, as far as they are known before they are built. */
export function knownPaths(graph: DerivationGraph, { path, outputs }: WantedOutputs): StorePath[] {
  const paths = graph
    .get(path)
    ?.text.outputs.filter((output) => outputs.includes(output.name))
    .map((output) => output.path)
    .filter((output) => output !== '');
  return (paths ?? []) as StorePath[];
}

/** Everything that a step reads, as far as known: its sources, and the outputs that it wants of other derivations. */
export function inputPathsOf(graph: DerivationGraph, { node, inputs }: PlannedStep): StorePath[] {
  const outputs = inputs.flatMap((input) => knownPaths(graph, input));
  return [...new Set([...node.text.inputSrcs, ...outputs])].toSorted();
}
