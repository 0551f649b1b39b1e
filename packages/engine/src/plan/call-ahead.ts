import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { StorePath } from '@dispatch/nix/store-path';
import { isDrained } from '../execute/farm-builder.ts';
import type { World } from '../world.ts';

/**
 * Begins to connect to the builders, while it is worked out what they are for, where the hub plainly
 * lacks something. If one does not answer, that shows when it is greeted.
 */
export function callAhead(
  roots: readonly StorePath[],
  graph: DerivationGraph,
  { source, builders }: Pick<World, 'source' | 'builders'>,
  signal: AbortSignal,
): void {
  const nodes = roots.map((root) => graph.get(root)).filter((node) => node !== undefined);
  if (!nodes.flatMap(outputPathsOf).some((path) => source.plainlyLacks(path))) return;
  for (const builder of builders) {
    if (!isDrained(builder)) builder.store.facts({ signal }).catch(() => {});
  }
}
