import type { StepId, StepRequest } from '@dispatch/scheduler/event';
import { randomNumbers } from './seeded.ts';

/** How far back a step may reach for its dependencies. */
const reach = 5_000;

/** Steps with up to four dependencies each, most of them near, as in a real package set. */
export function syntheticGraph(count: number): StepRequest[] {
  const random = randomNumbers(1);
  return Array.from({ length: count }, (_, at) => {
    const near = Math.min(at, reach);
    const needs = Array.from({ length: Math.min(near, Math.floor(random() * 5)) }, () =>
      stepId(at - 1 - Math.floor(random() ** 2 * near)),
    );
    return {
      id: stepId(at),
      system: 'x86_64-linux',
      requiredFeatures: [],
      dependencies: [...new Set(needs)],
      weight: 1_000 + Math.floor(random() * 100_000),
      presentAt: undefined,
    };
  });
}

function stepId(at: number): StepId {
  return `/nix/store/00000000000000000000000000000000-s${at}.drv` as StepId;
}
