import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { WantedOutputs } from '@dispatch/graph/plan-steps';
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
