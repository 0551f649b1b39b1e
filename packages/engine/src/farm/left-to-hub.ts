import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { buildRequirements, prefersLocalBuild } from '@dispatch/graph/build-requirements';
import { groupFeature } from '@dispatch/graph/groups/group-rules';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import { canRun } from '@dispatch/scheduler/capability';
import type { BuilderOffer, StepRequest } from '@dispatch/scheduler/event';
import { type GreetedBuilder, isUsable, localStoreFeature, offerOf } from './farm-builder.ts';

/**
 * Steps that are left to the hub, where it builds at all: those that are at home there, and, where it steps in for
 * such, those that no machine is fit for by its system or its features. Machines that are merely busy or away are
 * waited for. A request stands where its step does.
 */
export function leaveToHub(
  requests: readonly StepRequest[],
  steps: readonly PlannedStep[],
  builders: readonly GreetedBuilder[],
  hub: DaemonStore,
): StepRequest[] {
  const home = builders.find(({ store }) => store === hub);
  if (home === undefined) return [...requests];
  const own = offerOf(home, hub);
  const offers = builders.map((builder) => offerOf(builder, hub));
  const isMisfit = home.stepsInFor === 'unfit' ? unfitFor(offers) : (): boolean => false;
  const isOpen = isUsable(home) && home.withdrawal === undefined;
  return requests.map((request, index) => {
    const step = steps[index];
    const isHome = isOpen && step !== undefined && isAtHome(step);
    if (!isHome && !isMisfit(request)) return request;
    const left = forHub(request);
    return canRun(own, left) ? left : request;
  });
}

/**
 * With `preferLocalBuild`, and nothing of it comes from builders: fetching, which may need a network that they do not
 * have, and what takes less than the way there. Where inputs are built elsewhere, elsewhere is near.
 */
function isAtHome({ node, dependencies }: PlannedStep): boolean {
  const isNear = node.kind === 'fixed' || dependencies.length === 0;
  if (!isNear || !prefersLocalBuild(node)) return false;
  return !buildRequirements(node).features.includes(groupFeature);
}

/** Whether no builder could ever run a step; of many steps that ask for the same, asked once. */
function unfitFor(offers: readonly BuilderOffer[]): (request: StepRequest) => boolean {
  const answers = new Map<string, boolean>();
  return (request) => {
    const key = JSON.stringify([request.system, request.requiredFeatures]);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = !offers.some((offer) => canRun(offer, request));
    answers.set(key, answer);
    return answer;
  };
}

function forHub(request: StepRequest): StepRequest {
  return { ...request, requiredFeatures: [...request.requiredFeatures, localStoreFeature] };
}
