import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { writeDerivations } from '../rewrite/write-derivations.ts';
import type { RunHoldings } from '../stores/run-holdings.ts';
import { type RequestedRoot, type WantedRoot, wantedRoots } from './wanted-roots.ts';

/** Where derivations are made real, and stay. */
interface Realm {
  readonly hub: DaemonStore;
  readonly holdings: RunHoldings;
  readonly signal: AbortSignal;
}

/** Writes the rewritten derivations that the hub lacks, and keeps those of the roots there. */
export async function makeReal(
  graph: RewrittenGraph,
  roots: readonly RequestedRoot[],
  { hub, holdings, signal }: Realm,
): Promise<readonly WantedRoot[]> {
  const wanted = wantedRoots(roots, graph);
  const made = wanted.filter(({ path, given }) => path !== given).map(({ path }) => path);
  if (made.length > 0) await holdings.in(hub).add(made, signal);
  await writeDerivations(hub, graph.rewritten, graph.changed, signal);
  return wanted;
}
