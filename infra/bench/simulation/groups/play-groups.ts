import type { BuilderOffer, GroupRequest, StepRequest } from '@dispatch/scheduler/event';
import { playRun } from '../play-run.ts';
import type { Job } from '../work.ts';
import { type GroupJob, type GroupWork, stepId } from './group-work.ts';

/** When the last group ends, if dispatch's own scheduler places them by their remembered durations. */
export function playGroupsMs({ groups, machines }: GroupWork): number {
  const asked = [...groups.flatMap(membersOf), ...groups.map(joinOf)];
  return playRun({
    jobs: asked.map(({ job }) => job),
    offers: machines.flatMap(offersOf),
    steps: asked.map(({ request }) => request),
    groups: groups.map(requestOf),
  }).makespanMs;
}

interface Asked {
  readonly job: Job;
  readonly request: StepRequest;
}

function memberNames({ name, wants }: GroupJob): { name: string; kind: number }[] {
  return wants.flatMap((count, kind) =>
    Array.from({ length: count }, (_, at) => ({ name: `${name}-${kind}-${at}`, kind })),
  );
}

function membersOf(group: GroupJob): Asked[] {
  const { durationMs, rememberedMs } = group;
  return memberNames(group).map(({ name, kind }) =>
    askedFor(name, [], { durationMs, rememberedMs, features: [`kind${kind}`] }),
  );
}

/** The join of a group: it takes no time, and runs on any machine. */
function joinOf(group: GroupJob): Asked {
  const names = memberNames(group).map(({ name }) => name);
  return askedFor(group.name, names, { durationMs: 0, rememberedMs: 0, features: ['join'] });
}

interface Given {
  readonly durationMs: number;
  readonly rememberedMs: number;
  readonly features: readonly string[];
}

function askedFor(
  name: string,
  needs: readonly string[],
  { durationMs, rememberedMs, features }: Given,
): Asked {
  const id = stepId(name);
  const dependencies = needs.map(stepId);
  const system = 'x86_64-linux';
  const terms = { requiredFeatures: features, weight: rememberedMs, presentAt: undefined };
  return {
    job: { id, name, dependencies, durationMs, rememberedMs, outputBytes: 0 },
    request: { id, system, dependencies, ...terms },
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
