import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { buildRequirements, prefersLocalBuild } from '@dispatch/graph/build-requirements';
import { groupFeature } from '@dispatch/graph/groups/group-rules';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import { canRun } from '@dispatch/scheduler/capability';
import type { BuilderOffer, StepRequest } from '@dispatch/scheduler/event';
import { needsKey, needsOf } from '@dispatch/scheduler/needs';
import { type GreetedBuilder, isUsable, localStoreFeature, offerOf } from './farm-builder.ts';

/**
 * The requests of steps, where those left to the hub ask for a feature that only it offers. Left to
 * it, if it builds at all, are steps that are at home there, and, if it steps in for the unfit,
 * those that no machine is fit for by its system or its features. Machines that are merely busy or
 * away are waited for. `requests` and `steps` have the same order.
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
 * Whether a step should be built in the hub: it has `preferLocalBuild`, and either is fixed-output
 * (a fetch, which may need a network that builders do not have) or depends on no other step (and
 * takes less time than the way there). Where inputs are built elsewhere, elsewhere is nearer.
 */
function isAtHome({ node, dependencies }: PlannedStep): boolean {
  const isNear = node.kind === 'fixed' || dependencies.length === 0;
  if (!isNear || !prefersLocalBuild(node)) return false;
  return !buildRequirements(node).features.includes(groupFeature);
}

/**
 * Makes a function that tells whether no builder could ever run a step; it looks once for all steps
 * with the same requirements.
 */
function unfitFor(offers: readonly BuilderOffer[]): (request: StepRequest) => boolean {
  const answers = new Map<string, boolean>();
  return (request) => {
    const key = needsKey(needsOf(request));
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
