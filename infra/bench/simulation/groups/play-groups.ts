import type {
  AttemptId,
  BuilderOffer,
  GroupRequest,
  SchedulerEvent,
  StepRequest,
} from '@dispatch/scheduler/event';
import { RecordedScheduler } from '@dispatch/scheduler/history';
import { SimulatedFarm } from '../simulated-farm.ts';
import type { Job } from '../work.ts';
import { type GroupJob, type GroupWork, stepId } from './group-work.ts';

/** When the last group ends, by dispatch's own scheduler with what is remembered of them. */
export function playGroupsMs({ groups, machines }: GroupWork): number {
  const members = groups.flatMap(membersOf);
  const joins = groups.map(joinOf);
  const offers = machines.flatMap(offersOf);
  const jobs = [...members, ...joins];
  const farm = new SimulatedFarm<AttemptId>(
    jobs.map(({ job }) => job),
    offers,
  );
  const scheduler = new RecordedScheduler();
  const tell = (event: SchedulerEvent): void => {
    for (const command of scheduler.feed(event)) {
      if (command.type === 'start-attempt') {
        farm.start(command.attempt, command.step, command.builder);
      }
      if (command.type === 'watch-slots') {
        farm.wake(command.afterMs, () => tell({ type: 'watch-ended', watch: command.watch }));
      }
      if (command.type === 'watch-group') {
        const { group, watch, afterMs } = command;
        farm.wake(afterMs, () => tell({ type: 'group-waited', group, watch }));
      }
      if (command.type === 'start-group') {
        for (const { attempt, step, builder } of command.attempts) {
          farm.start(attempt, step, builder);
        }
        tell({ type: 'group-started', group: command.group });
      }
      if (command.type === 'commit-group') tell({ type: 'group-committed', group: command.group });
    }
  };
  for (const builder of offers) tell({ type: 'builder-added', builder });
  const steps = jobs.map(({ request }) => request);
  tell({ type: 'run-added', run: 'r', keepGoing: true, steps, groups: groups.map(requestOf) });
  for (let ended = farm.next(); ended !== undefined; ended = farm.next()) {
    tell({ type: 'attempt-ended', attempt: ended.key, outcome: { type: 'succeeded' } });
  }
  return farm.nowMs;
}

interface Played {
  readonly job: Job;
  readonly request: StepRequest;
}

function memberNames({ name, wants }: GroupJob): { name: string; kind: number }[] {
  return wants.flatMap((count, kind) =>
    Array.from({ length: count }, (_, at) => ({ name: `${name}-${kind}-${at}`, kind })),
  );
}

function membersOf(group: GroupJob): Played[] {
  const { durationMs, rememberedMs } = group;
  return memberNames(group).map(({ name, kind }) =>
    played(name, [], { durationMs, rememberedMs, features: [`kind${kind}`] }),
  );
}

/** It takes no time, and any machine has it. */
function joinOf(group: GroupJob): Played {
  const names = memberNames(group).map(({ name }) => name);
  return played(group.name, names, { durationMs: 0, rememberedMs: 0, features: ['join'] });
}

interface Given {
  readonly durationMs: number;
  readonly rememberedMs: number;
  readonly features: readonly string[];
}

function played(
  name: string,
  needs: readonly string[],
  { durationMs, rememberedMs, features }: Given,
): Played {
  const id = stepId(name);
  const dependencies = needs.map(stepId);
  const system = 'x86_64-linux';
  const asked = { requiredFeatures: features, weight: rememberedMs, presentAt: undefined };
  return {
    job: { id, name, dependencies, durationMs, rememberedMs, outputBytes: 0 },
    request: { id, system, dependencies, ...asked },
  };
}

function requestOf(group: GroupJob): GroupRequest {
  const members = memberNames(group).map(({ name }) => ({
    step: stepId(name),
    builders: undefined,
  }));
  const terms = { apart: [], together: [], queueMs: undefined };
  return { id: stepId(group.name), members, ...terms };
}

function offersOf(count: number, kind: number): BuilderOffer[] {
  const machine = { systems: ['x86_64-linux'], speedFactor: 1, mandatoryFeatures: [], slots: 1 };
  return Array.from({ length: count }, (_, at) => ({
    name: `b${kind}-${at}`,
    ...machine,
    supportedFeatures: [`kind${kind}`, 'join'],
  }));
}
