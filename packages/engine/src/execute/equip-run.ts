import { join } from 'node:path';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { Collector } from '../collect/collector.ts';
import { HubWait } from '../collect/hub-wait.ts';
import type { PreparedRun } from '../plan/prepared-run.ts';
import { runRequests } from '../plan/run-requests.ts';
import type { RunListener } from '../report/run-listener.ts';
import type { RunRecorder } from '../report/run-recorder.ts';
import type { RunRequest, World } from '../world.ts';
import type { Rounds } from './build-and-collect.ts';
import { CopyReports } from './copy-reports.ts';
import type { Work } from './execution.ts';
import { Provenance } from './provenance.ts';
import { RunStores } from './run-stores.ts';

/** The parts that carry out a run together. */
export interface RunEquipment {
  readonly collector: Collector;
  readonly building: Rounds;
}

/** Makes the parts that carry out a run; begins nothing. */
export function equipRun(
  prepared: PreparedRun,
  request: RunRequest,
  world: World,
  listener: RunListener,
  recorder: RunRecorder,
): RunEquipment {
  const { executor } = world;
  const { plan, groups } = prepared;
  const { id, keepGoing } = request;
  const stores = storesOf(prepared, world, recorder, listener);
  const onUncollected = (): void => {
    if (!keepGoing) executor.stop(id);
  };
  const collector = collectorOf(prepared, stores, world, listener, onUncollected);
  const emit = listener.after(
    (event) => recorder.observe(event),
    (event) => collector.observe(event),
  );
  const logFolder = join(world.logFolder, id);
  const requestsFor: Work['requestsFor'] = (steps) => runRequests(steps, prepared, executor.hub);
  const { signal } = listener;
  const attempts = world.ledger.groups;
  const run = { run: id, request, requestsFor, stores, attempts, logFolder, emit, signal };
  const build: Rounds['build'] = (steps) =>
    executor.carryOut({ ...run, steps, groups: steps === plan.steps ? groups : [] });
  return { collector, building: { stores, collector, keepGoing, build } };
}

function storesOf(
  { graph, plan, holdings }: PreparedRun,
  { executor: { hub }, ledger, buildersSubstitute }: World,
  recorder: RunRecorder,
  listener: RunListener,
): RunStores {
  return new RunStores({
    hub,
    graph: graph.rewritten,
    members: new Set(graph.groups.flatMap(({ members }) => members.map(({ path }) => path))),
    locations: plan.locations,
    provenance: new Provenance({
      hub,
      graph: graph.rewritten,
      earlier: ledger.built,
      onBuilt: (outputs) => recorder.noteBuilt(outputs),
    }),
    holdings,
    reports: new CopyReports(listener.tell),
    buildersSubstitute,
  });
}

function collectorOf(
  { plan, hopeless }: PreparedRun,
  stores: RunStores,
  { executor }: World,
  { tell: emit, signal }: RunListener,
  onUncollected: () => void,
): Collector {
  const { hub, patience } = executor;
  const wanted = plan.wanted.filter(({ path }) => !hopeless.has(path));
  const hubWait = new HubWait({ hub, maximumProbes: patience.maximumProbes, emit, signal });
  const isAway = (store: DaemonStore): Promise<boolean> => executor.isAway(store);
  return new Collector({ stores, wanted, hubWait, isAway, emit, onUncollected, signal });
}
