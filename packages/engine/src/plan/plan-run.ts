import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { type PlannedStep, planSteps } from '@dispatch/graph/plan-steps';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import { queryMissing } from '@dispatch/protocol/operations/query-missing';
import { EngineError } from '../errors.ts';
import type { GreetedBuilder } from '../execute/farm-builder.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { Locations } from './locations.ts';
import type { WantedRoot } from './wanted-roots.ts';

/** What a run has to do. */
export interface RunPlan {
  readonly wanted: readonly WantedRoot[];
  /** Inputs first. */
  readonly steps: readonly PlannedStep[];
  /** Where outputs were found that are not in the hub. */
  readonly locations: Locations;
  /** Paths that the hub can fetch. */
  readonly substitutes: readonly StorePath[];
  /** Derivations that need not be built, since a builder holds their outputs. */
  readonly present: number;
}

/**
 * Finds out what has to be built: what the hub neither has nor can fetch, and no builder holds from
 * an earlier run. The hub's daemon answers as it would for itself, substituters included.
 */
export async function planRun(
  graph: RewrittenGraph,
  wanted: readonly WantedRoot[],
  hub: DaemonStore,
  builders: readonly GreetedBuilder[],
  signal?: AbortSignal,
): Promise<RunPlan> {
  const missing = await hub.pool.withConnection(
    (connection) =>
      queryMissing(
        connection,
        wanted.map(({ path, outputs }) => ({ kind: 'built', drvPath: path, outputs })),
        { signal },
      ),
    { signal },
  );
  const [unknown] = missing.unknown;
  if (unknown !== undefined) throw missingPath(hub, unknown);
  const lackedByHub = new Set(missing.willBuild);
  const candidates = graph.rewritten.nodes.filter((node) => lackedByHub.has(node.path));
  const others = builders.filter(({ store, fault }) => store !== hub && fault === undefined);
  const locations = await findOutputs(candidates, others, signal);
  const withoutBuilders = planSteps(graph.rewritten, wanted, (node) => !lackedByHub.has(node.path));
  const steps = planSteps(
    graph.rewritten,
    wanted,
    (node, outputs) => !lackedByHub.has(node.path) || isHeld(locations, node, outputs),
  );
  return {
    wanted,
    steps,
    locations,
    substitutes: missing.willSubstitute,
    present: withoutBuilders.length - steps.length,
  };
}

async function findOutputs(
  nodes: readonly DerivationNode[],
  builders: readonly GreetedBuilder[],
  signal: AbortSignal | undefined,
): Promise<Locations> {
  const locations = new Locations();
  const paths = nodes.flatMap(outputPathsOf);
  const found = await Promise.all(
    builders.map(async ({ store }) => ({
      store,
      valid: await store.validPaths(paths, { signal }),
    })),
  );
  for (const { store, valid } of found) for (const path of valid) locations.add(path, store);
  return locations;
}

function isHeld(
  locations: Locations,
  node: DerivationNode,
  outputs: readonly OutputName[],
): boolean {
  const wanted = node.text.outputs.filter((output) => outputs.includes(output.name));
  return wanted.every(({ path }) => path !== '' && locations.isHeld(path as StorePath));
}

function missingPath(hub: DaemonStore, path: StorePath): EngineError {
  return new EngineError(
    'missing-path',
    `${hub.name} neither has ${path} nor knows how to get it; instantiate the expression again`,
  );
}
