import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { canRun } from '@dispatch/scheduler/capability';
import type { StepRequest } from '@dispatch/scheduler/event';
import { type FarmBuilder, localStoreFeature, offerOf } from './farm-builder.ts';

/**
 * Steps that no machine is fit for, by its system or its features, are left to the hub where it steps
 * in for such. Machines that are merely busy or away are waited for.
 */
export function leaveMisfitsToHub(
  requests: readonly StepRequest[],
  builders: readonly FarmBuilder[],
  hub: DaemonStore,
): StepRequest[] {
  const reserve = builders.find(({ stepsInFor }) => stepsInFor === 'unfit');
  if (reserve === undefined) return [...requests];
  const offers = builders.map((builder) => offerOf(builder, hub));
  const own = offerOf(reserve, hub);
  const answers = new Map<string, boolean>();
  const isMisfit = (request: StepRequest): boolean => {
    const key = JSON.stringify([request.system, request.requiredFeatures]);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = !offers.some((offer) => canRun(offer, request)) && canRun(own, forHub(request));
    answers.set(key, answer);
    return answer;
  };
  return requests.map((request) => (isMisfit(request) ? forHub(request) : request));
}

function forHub(request: StepRequest): StepRequest {
  return { ...request, requiredFeatures: [...request.requiredFeatures, localStoreFeature] };
}
