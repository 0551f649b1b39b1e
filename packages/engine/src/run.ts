import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { Ledger } from '@dispatch/ledger/ledger';
import { type Patience, usualPatience } from '@dispatch/scheduler/patience';
import { Collector } from './collect/collector.ts';
import { assertHubTakesResults } from './collect/hub-trust.ts';
import { HubWait } from './collect/hub-wait.ts';
import { assertLinksFree, makeOutLinks } from './collect/out-links.ts';
import { findOutputPaths } from './collect/output-paths.ts';
import type { EventSink, RunEvent, RunPlanned } from './events.ts';
import { buildAndCollect } from './execute/build-and-collect.ts';
import { CopyReports } from './execute/copy-reports.ts';
import { Execution, type HowToBuild } from './execute/execution.ts';
import type { FarmBuilder } from './execute/farm-builder.ts';
import { leaveMisfitsToHub } from './execute/misfits.ts';
import { Provenance } from './execute/provenance.ts';
import { RunHoldings } from './execute/run-holdings.ts';
import { RunStores } from './execute/run-stores.ts';
import { lastDurations, stepRequests } from './execute/step-requests.ts';
import { lookUpSerials } from './look-up/look-up-serials.ts';
import { type PlanReport, planReport } from './plan/plan-report.ts';
import { planRun, type RunPlan } from './plan/plan-run.ts';
import { type RequestedRoot, rootPaths, wantedRoots } from './plan/wanted-roots.ts';
import type { DerivationSource } from './read/derivation-source.ts';
import { readGraph } from './read/read-graph.ts';
import { planned, poisonFound } from './report/progress.ts';
import { RunRecorder } from './report/run-recorder.ts';
import { outcomeOf, type RunReport } from './report/run-report.ts';
import { type RewrittenGraph, rewriteRoots } from './rewrite/rewrite-roots.ts';
import { writeDerivations } from './rewrite/write-derivations.ts';

/** What somebody wants built. */
export interface RunRequest extends HowToBuild {
  readonly roots: readonly RequestedRoot[];
  /** Where the links to the outputs go (`result`); undefined for none. */
  readonly outLink: string | undefined;
}

/** Everything outside that a run touches; who calls chooses it. */
export interface World {
  /** The store that the user reads results from. */
  readonly hub: DaemonStore;
  readonly source: DerivationSource;
  /** The hub's own store is among them where it builds, too. */
  readonly builders: readonly FarmBuilder[];
  readonly ledger: Ledger;
  /** Builders fetch what they can from their own substituters (Nix's `builders-use-substitutes`). */
  readonly buildersSubstitute: boolean;
  /** How long lost machines are waited for; undefined for the usual. */
  readonly patience?: Patience;
  /** Build logs go into a folder of the run's own below this one. */
  readonly logFolder: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * One run: read → look up → rewrite → plan → schedule → dispatch → collect → report.
 *
 * A build that fails is in the report; what is thrown kept the run from being carried out. When
 * `signal` is aborted, builds are stopped and the report says `cancelled`.
 */
export function run(
  request: RunRequest,
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<RunReport> {
  return withPrepared(request, world, onEvent, signal, (prepared) =>
    carryOut(prepared, request, world, onEvent, signal),
  );
}

/**
 * What such a run would do: its first half and no more. The rewritten `.drv` files are written to
 * the hub, since its daemon is asked about them; nothing is built, fetched or copied.
 */
export function planOnly(
  roots: readonly RequestedRoot[],
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<PlanReport> {
  return withPrepared({ roots, outLink: undefined }, world, onEvent, signal, async (prepared) =>
    planReport(prepared, world.hub),
  );
}

/** read → look up → rewrite → plan; what that relies on is kept in its stores while `use` works. */
async function withPrepared<Result>(
  { roots, outLink }: Pick<RunRequest, 'roots' | 'outLink'>,
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
  use: (prepared: PreparedRun) => Promise<Result>,
): Promise<Result> {
  const { hub, ledger } = world;
  await assertHubTakesResults(hub, world.builders, signal);
  const holdings = new RunHoldings();
  try {
    const drvPaths = roots.map((root) => root.drvPath);
    const [given] = await Promise.all([
      readGraph(drvPaths, world.source, ledger.variable),
      holdings.in(hub).add(drvPaths, signal),
    ]);
    const lookUp = await lookUpSerials(given.original, ledger.poison);
    const graph = rewriteRoots(given, lookUp, ledger.variable);
    const wanted = wantedRoots(roots, graph);
    await holdings.in(hub).add(
      wanted.map(({ path }) => path),
      signal,
    );
    await writeDerivations(hub, graph.rewritten, graph.changes.values(), signal);
    onEvent(poisonFound(lookUp, graph));

    await assertLinksFree(hub, outLink, wanted);
    const { builders } = world;
    const farm = { hub, builders, earlier: ledger.built, holdings, onEvent, signal };
    const plan = await planRun(graph, wanted, farm);
    const durations = await lastDurations(plan.steps, graph, ledger.runs);
    const announced = planned(plan, graph, durations);
    onEvent(announced);
    return await use({ graph, plan, announced, durations, holdings });
  } finally {
    holdings.close();
  }
}

/** A run of which it is known what has to be done. */
interface PreparedRun {
  readonly graph: RewrittenGraph;
  readonly plan: RunPlan;
  readonly announced: RunPlanned;
  readonly durations: readonly (number | undefined)[];
  readonly holdings: RunHoldings;
}

/** schedule → dispatch → collect → report */
async function carryOut(
  { graph, plan, announced, durations, holdings }: PreparedRun,
  request: RunRequest,
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<RunReport> {
  const { hub, ledger, patience = usualPatience } = world;
  const { wanted, steps } = plan;
  const id = newRunId(world.now());
  const recorder = new RunRecorder(id, ledger, announced.steps, onEvent);
  const stores = storesOf({ graph, plan, holdings }, world, recorder, onEvent);
  let execution: Execution | undefined;
  const collector = new Collector({
    stores,
    wanted,
    hubWait: new HubWait({ hub, maximumProbes: patience.maximumProbes, emit: onEvent, signal }),
    emit: onEvent,
    onUncollected: () => {
      if (!request.keepGoing) execution?.stop();
    },
    signal,
  });
  const emit = observedBy(onEvent, recorder, collector);
  const executionOf = (some: readonly PlannedStep[]): Execution => {
    // Of what is built again nobody knows how long it takes.
    const { builders } = plan;
    const asked = stepRequests(some, graph, some === steps ? durations : []);
    const requests = leaveMisfitsToHub(asked, builders, hub);
    const logFolder = join(world.logFolder, id);
    const { now } = world;
    const all = { run: id, request, steps: some, requests, builders, stores, patience, logFolder };
    execution = new Execution({ ...all, emit, now, signal });
    return execution;
  };
  try {
    await recorder.begin(world.now(), wanted);
    const { keepGoing } = request;
    const results = await buildAndCollect({ steps, stores, collector, keepGoing, executionOf });
    const { uncollected } = collector;
    const outcome = outcomeOf(results, uncollected, signal);
    const roots = await findOutputPaths(rootPaths(wanted, graph), hub);
    const outLink = outcome === 'succeeded' ? request.outLink : undefined;
    const links = await makeOutLinks(hub, outLink, roots);
    await recorder.finish(outcome, world.now());
    return { run: id, outcome, roots, ...announced, results, links, uncollected };
  } catch (error) {
    await recorder.finish(signal.aborted ? 'cancelled' : 'failed', world.now());
    throw error;
  }
}

function storesOf(
  { graph, plan, holdings }: Pick<PreparedRun, 'graph' | 'plan' | 'holdings'>,
  { hub, ledger, buildersSubstitute }: World,
  recorder: RunRecorder,
  onEvent: EventSink,
): RunStores {
  return new RunStores({
    hub,
    graph: graph.rewritten,
    locations: plan.locations,
    provenance: new Provenance({
      hub,
      graph: graph.rewritten,
      earlier: ledger.built,
      onBuilt: (outputs) => recorder.noteBuilt(outputs),
    }),
    holdings,
    reports: new CopyReports(onEvent),
    buildersSubstitute,
  });
}

/** What happens is told to the collector and the recorder before anybody else. */
function observedBy(onEvent: EventSink, recorder: RunRecorder, collector: Collector): EventSink {
  return (event: RunEvent) => {
    recorder.observe(event);
    collector.observe(event);
    onEvent(event);
  };
}

/** Sorts by time; the random part keeps two of one moment apart. */
function newRunId(now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\..*/g, '');
  return `${time}-${randomBytes(4).toString('hex')}`;
}
