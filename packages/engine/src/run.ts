import { assertHubTakesResults } from './collect/hub-trust.ts';
import { assertLinksFree, linkedRoots, makeOutLinks } from './collect/out-links.ts';
import { findOutputPaths } from './collect/output-paths.ts';
import type { EventSink } from './events.ts';
import { buildAndCollect } from './execute/build-and-collect.ts';
import { equipRun } from './execute/equip-run.ts';
import { type GroupMarks, trialMarks, usualMarks } from './groups/group-marks.ts';
import { groupWorks } from './groups/group-works.ts';
import { groupsToBuild } from './groups/groups-to-build.ts';
import { RunRounds } from './groups/run-rounds.ts';
import { trialPlan } from './groups/trial-plan.ts';
import { lastDurations } from './look-up/last-durations.ts';
import { lookUpSerials } from './look-up/look-up-serials.ts';
import { holdGiven } from './plan/ask-hub.ts';
import { callAhead } from './plan/call-ahead.ts';
import { type PlanReport, planReport } from './plan/plan-report.ts';
import { planRun, type SettledPlan } from './plan/plan-run.ts';
import type { PlannedFarm } from './plan/planned-farm.ts';
import type { PreparedRun } from './plan/prepared-run.ts';
import { rootPaths } from './plan/wanted-roots.ts';
import { readGraph } from './read/read-graph.ts';
import { planned, poisonFound } from './report/progress.ts';
import { RunListener } from './report/run-listener.ts';
import { RunRecorder } from './report/run-recorder.ts';
import { outcomeOf, type RunReport } from './report/run-report.ts';
import { rewriteRoots } from './rewrite/rewrite-roots.ts';
import { RunHoldings } from './stores/run-holdings.ts';
import type { RunRequest, World } from './world.ts';

/**
 * One run: read → look up → rewrite → plan → schedule → dispatch → collect → report.
 *
 * A failed build is in the report; this throws only when the run cannot be carried out. When
 * `signal` is aborted, builds are stopped and the report says `cancelled`.
 */
export async function run(
  request: RunRequest,
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<RunReport> {
  const rounds = new RunRounds(request);
  const observe: EventSink = (event) => {
    rounds.observe(event);
    onEvent(event);
  };
  const listener = new RunListener(observe, signal);
  const recorder = new RunRecorder(request.id, world.ledger, listener.tell);
  const outfit = { request, world, listener, recorder, rounds };
  const { tell, signal: stopped } = listener;
  try {
    let report: RunReport | undefined;
    while (report === undefined)
      report = await withPrepared(
        { ...request, rounds: outfit.rounds },
        world,
        tell,
        stopped,
        (it) => carryOut(it, outfit),
      );
    await recorder.finish(report.outcome, world.now());
    return report;
  } catch (error) {
    await recorder.finish(stopped.aborted ? 'cancelled' : 'failed', world.now());
    throw error;
  } finally {
    listener.end();
  }
}

/**
 * Plans a run and reports what it would do. The rewritten `.drv` files are written to the hub,
 * since its daemon is asked about them; nothing is built, fetched or copied.
 */
export function planOnly(
  request: Pick<RunRequest, 'roots' | 'groups'>,
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<PlanReport> {
  const terms = { ...request, outLink: undefined };
  return withPrepared(terms, world, onEvent, signal, async (prepared) =>
    planReport(prepared, world.executor.hub),
  );
}

/** The part of a request that planning needs. */
type PlanRequest = Pick<RunRequest, 'roots' | 'outLink' | 'groups' | 'isTrial'> & {
  readonly id?: string;
  /** The earlier rounds of the run; undefined when nothing is to be built. */
  readonly rounds?: RunRounds;
};

/** read → look up → rewrite → plan, then `use`; stores keep what the plan relies on until `use` ends. */
async function withPrepared<Result>(
  { id, roots, outLink, groups: policies, isTrial = false, rounds }: PlanRequest,
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
  use: (prepared: PreparedRun) => Promise<Result>,
): Promise<Result> {
  const { executor, ledger } = world;
  const { hub, roster } = executor;
  const holdings = new RunHoldings();
  const marks = isTrial
    ? trialMarks(ledger.groups, id)
    : usualMarks(ledger.groups, () => executor.groupMarks());
  const farm = { hub, roster, earlier: ledger.built, holdings, onEvent, signal };
  try {
    // Begun before the reading, since a new connection to the hub takes as long as all of that.
    const holding = holdGiven(roots, farm);
    holding.catch(() => {});
    const { graph, plan: whole } = await readAndPlan(
      { roots, outLink },
      marks,
      world,
      farm,
      holding,
    );
    const hopeless = rounds?.leaveOut(whole, graph) ?? new Set();
    const hopeful = whole.steps.filter(({ node }) => !hopeless.has(node.path));
    const open = { ...whole, steps: hopeful };
    const plan = isTrial ? trialPlan(open, graph) : open;
    const groups = groupWorks(groupsToBuild(plan, graph), {
      policies,
      builders: plan.builders,
      isTrial,
    });
    const nodes = plan.steps.map(({ node }) => node);
    const durations = await lastDurations(
      nodes,
      (path) => graph.originalOfRewritten(path),
      ledger.runs,
    );
    const announced = planned(plan, graph, durations);
    onEvent(announced);
    return await use({ graph, plan, groups, announced, durations, holdings, hopeless });
  } finally {
    holdings.close();
  }
}

/** read → look up → rewrite → plan; waits for `holding` before it emits the first event. */
async function readAndPlan(
  { roots, outLink }: Pick<PlanRequest, 'roots' | 'outLink'>,
  marks: GroupMarks,
  world: World,
  farm: PlannedFarm,
  holding: Promise<void>,
): Promise<SettledPlan> {
  const { source, ledger } = world;
  const { hub, roster, onEvent, signal } = farm;
  const drvPaths = roots.map((root) => root.drvPath);
  const reading = readGraph(drvPaths, source, ledger.variable).then((read) => {
    callAhead(drvPaths, read.given, world);
    return read;
  });
  const [given] = await Promise.all([reading, assertHubTakesResults(hub, roster.builders, signal)]);
  const lookUp = await lookUpSerials(given.original, ledger.poison);
  const rewritten = rewriteRoots(given, lookUp, ledger.variable);
  return planRun(rewritten, roots, marks, farm, async (found, wanted) => {
    await holding;
    onEvent(poisonFound(lookUp, found));
    await assertLinksFree(hub, outLink, wanted);
  });
}

/** What a run keeps through all its rounds. */
interface RunOutfit {
  readonly request: RunRequest;
  readonly world: World;
  readonly listener: RunListener;
  readonly recorder: RunRecorder;
  readonly rounds: RunRounds;
}

/** schedule → dispatch → collect → report; undefined when the run has to be planned anew. */
async function carryOut(prepared: PreparedRun, outfit: RunOutfit): Promise<RunReport | undefined> {
  const { graph, plan, announced } = prepared;
  const { request, world, listener, recorder, rounds } = outfit;
  const { signal } = listener;
  const { collector, building } = equipRun(prepared, request, world, listener, recorder);
  await recorder.begin(world.now(), plan.wanted, announced.steps);
  const built = await buildAndCollect(plan.steps, building);
  const { lostMembers } = building.stores;
  if (!signal.aborted && rounds.goAgain(prepared, built, lostMembers)) {
    // The next plan reads from the ledger what this round built.
    await recorder.flush();
    return undefined;
  }
  const done = rounds.total(announced, built);
  const { hub } = world.executor;
  const { uncollected } = collector;
  const outcome = outcomeOf(done.results, uncollected, signal);
  const roots = await findOutputPaths(rootPaths(plan.wanted, graph), hub);
  const report = { run: request.id, outcome, roots, ...done, uncollected };
  const links = await makeOutLinks(hub, request.outLink, linkedRoots(report));
  return { ...report, links };
}
