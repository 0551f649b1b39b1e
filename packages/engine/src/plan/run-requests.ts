import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StepRequest } from '@dispatch/scheduler/event';
import { leaveToHub } from '../farm/left-to-hub.ts';
import { withResources } from '../groups/group-works.ts';
import type { PreparedRun } from './prepared-run.ts';
import { stepRequests } from './step-requests.ts';

/**
 * What the scheduler is asked for the steps of a run, or for steps that are built again. A plan is
 * played through with the same requests.
 */
export function runRequests(
  steps: readonly PlannedStep[],
  { graph, plan, groups, durations }: PreparedRun,
  hub: DaemonStore,
): StepRequest[] {
  // The durations are those of the plan's steps, and fit no others.
  const lasting = steps === plan.steps ? durations : [];
  const asked = stepRequests(steps, graph, lasting, plan.inputsThere);
  return leaveToHub(withResources(asked, groups), steps, plan.builders, hub);
}
