import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { type PlannedStep, planSteps, type WantedOutputs } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';
import { type Missing, queryMissing } from '@dispatch/protocol/operations/query-missing';
import { EngineError } from '../errors.ts';
import { knownPaths } from '../stores/known-paths.ts';
import type { RunHoldings } from '../stores/run-holdings.ts';
import type { RequestedRoot } from './wanted-roots.ts';

/** What the hub says of a run. */
export interface HubAnswer {
  /** Derivations that it would have to build if there were no builders. */
  readonly lacked: ReadonlySet<StorePath>;
  /** The same as steps, inputs first. */
  readonly steps: readonly PlannedStep[];
  /** Paths that it can fetch. */
  readonly substitutes: readonly StorePath[];
  /** Outputs that are wanted or needed and that it has; they stay there until the run ends. */
  readonly held: readonly StorePath[];
}

/** Whom to ask, and what keeps the answer true. */
interface AskedHub {
  readonly hub: DaemonStore;
  readonly holdings: RunHoldings;
  readonly signal: AbortSignal;
}

/** How often the hub is asked at most: its garbage is hardly collected more often while it answers. */
const maximumQuestions = 3;

/**
 * Asks what the hub would have to build for these outputs, and roots there what the answer relies
 * on. Where some of that is gone once it is rooted, garbage was collected in between, and the
 * question is put again. Throws `missing-path`.
 */
export async function askHub(
  graph: DerivationGraph,
  wanted: readonly WantedOutputs[],
  asked: AskedHub,
): Promise<HubAnswer> {
  for (let question = 1; ; question += 1) {
    const missing = await whatIsMissing(wanted, asked);
    const lacked = new Set(missing.willBuild);
    const steps = planSteps(graph, wanted, ({ path }) => !lacked.has(path));
    const needed = [...wanted, ...steps.flatMap(({ inputs }) => inputs)]
      .filter(({ path }) => !lacked.has(path))
      .flatMap((outputs) => knownPaths(graph, outputs));
    const substitutes = new Set(missing.willSubstitute);
    const present = [...new Set(needed)].filter((path) => !substitutes.has(path));
    const held = await asked.holdings.in(asked.hub).hold(present, asked.signal);
    if (held.size === present.length || question === maximumQuestions) {
      return { lacked, steps, substitutes: missing.willSubstitute, held: [...held] };
    }
  }
}

async function whatIsMissing(
  wanted: readonly WantedOutputs[],
  { hub, signal }: AskedHub,
): Promise<Missing> {
  const targets = wanted.map(({ path, outputs }) => ({
    kind: 'built' as const,
    drvPath: path,
    outputs,
  }));
  const missing = await hub.pool.withConnection(
    (connection) => queryMissing(connection, targets, { signal }),
    { signal },
  );
  const [unknown] = missing.unknown;
  if (unknown !== undefined) throw missingPath(hub, unknown);
  return missing;
}

/** Roots the given derivations in the hub. Throws `missing-path` where it no longer has one. */
export async function holdGiven(
  roots: readonly RequestedRoot[],
  { hub, holdings, signal }: AskedHub,
): Promise<void> {
  const given = roots.map(({ drvPath }) => drvPath);
  const held = await holdings.in(hub).hold(given, signal);
  const gone = given.find((path) => !held.has(path));
  if (gone !== undefined) throw missingPath(hub, gone);
}

function missingPath(hub: DaemonStore, path: StorePath): EngineError {
  return new EngineError(
    'missing-path',
    `${hub.name} neither has ${path} nor knows how to get it; instantiate the expression again`,
  );
}
