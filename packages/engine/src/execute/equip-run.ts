import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import { usualPatience } from '@dispatch/scheduler/patience';
import { Collector } from '../collect/collector.ts';
import { HubWait } from '../collect/hub-wait.ts';
import type { EventSink, RunEvent } from '../events.ts';
import type { PreparedRun } from '../plan/prepared-run.ts';
import { RunRecorder } from '../report/run-recorder.ts';
import type { RunRequest, World } from '../world.ts';
import { CopyReports } from './copy-reports.ts';
import { Execution } from './execution.ts';
import { leaveMisfitsToHub } from './misfits.ts';
import { Provenance } from './provenance.ts';
import { RunStores } from './run-stores.ts';
import { stepRequests } from './step-requests.ts';

/** Those who carry out a run together. */
export interface RunEquipment {
  readonly id: string;
  readonly recorder: RunRecorder;
  readonly stores: RunStores;
  readonly collector: Collector;
  /** Builds some steps of the run: all of the plan, or later those that were lost. */
  readonly executionOf: (steps: readonly PlannedStep[]) => Execution;
}

/** Makes what a run is carried out with; nothing is begun. */
export function equipRun(
  prepared: PreparedRun,
  request: RunRequest,
  world: World,
  onEvent: EventSink,
  signal: AbortSignal,
): RunEquipment {
  const { hub, patience = usualPatience, now } = world;
  const { graph, plan, announced, durations } = prepared;
  const { wanted, builders } = plan;
  const id = newRunId(now());
  const recorder = new RunRecorder(id, world.ledger, announced.steps, onEvent);
  const stores = storesOf(prepared, world, recorder, onEvent);
  let execution: Execution | undefined;
  const hubWait = new HubWait({
    hub,
    maximumProbes: patience.maximumProbes,
    emit: onEvent,
    signal,
  });
  const onUncollected = (): void => {
    if (!request.keepGoing) execution?.stop();
  };
  const collector = new Collector({
    stores,
    wanted,
    hubWait,
    emit: onEvent,
    onUncollected,
    signal,
  });
  const emit = observedBy(onEvent, recorder, collector);
  const logFolder = join(world.logFolder, id);
  const executionOf = (steps: readonly PlannedStep[]): Execution => {
    // Of what is built again nobody knows how long it takes.
    const asked = stepRequests(steps, graph, steps === plan.steps ? durations : []);
    const requests = leaveMisfitsToHub(asked, builders, hub);
    const what = { run: id, request, steps, requests, builders, stores };
    execution = new Execution({ ...what, patience, logFolder, emit, now, signal });
    return execution;
  };
  return { id, recorder, stores, collector, executionOf };
}

function storesOf(
  { graph, plan, holdings }: PreparedRun,
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
