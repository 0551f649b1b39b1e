import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { StorePath } from '@dispatch/nix/store-path';
import type { World } from '../world.ts';

/**
 * Begins to connect to the builders while the run is still being planned, if the hub plainly lacks
 * an output of a root. One that does not answer is found out when it is greeted.
 */
export function callAhead(
  roots: readonly StorePath[],
  graph: DerivationGraph,
  { source, executor }: Pick<World, 'source' | 'executor'>,
): void {
  const nodes = roots.map((root) => graph.get(root)).filter((node) => node !== undefined);
  if (!nodes.flatMap(outputPathsOf).some((path) => source.plainlyLacks(path))) return;
  executor.roster.callAhead();
}
