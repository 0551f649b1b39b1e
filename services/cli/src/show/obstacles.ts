import type { FeaturesMissing } from '@dispatch/engine/events';
import type { BuilderObstacles, Obstacle } from '@dispatch/scheduler/result';
import { featureAdvice } from '../builders/feature-advice.ts';
import { machineName } from './machine-name.ts';

/** Features that builders' lines claim and their own daemons lack, by builder. */
export type FeaturesByBuilder = ReadonlyMap<string, FeaturesMissing>;

/** Why one builder does not take a step, for a person who could change its line or its nix.conf. */
export function obstaclesText(
  { builder, obstacles }: BuilderObstacles,
  missing: FeaturesByBuilder,
): string {
  const reasons = obstacles.map(obstacleText);
  const claimed = missing.get(builder);
  const advice = claimed === undefined ? [] : [featureAdvice(claimed)];
  return `${machineName(builder)}: ${[...reasons, ...advice].join('; ')}`;
}

function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.type) {
    case 'system':
      return `it builds for ${obstacle.offered.join(', ')}, not for ${obstacle.wanted}`;
    case 'missing-features':
      return missingText(obstacle.features);
    case 'mandatory-features':
      return `it is kept for derivations that require ${obstacle.features.join(', ')}`;
    case 'no-slots':
      return 'its maximum of jobs is 0';
    case 'down':
      return `it cannot be used: ${obstacle.reason}`;
    case 'draining':
    default:
      return 'it takes no further builds';
  }
}

function missingText(features: readonly string[]): string {
  if (!features.includes(localStore)) return `it does not have the features ${features.join(', ')}`;
  return (
    'it is not the local daemon, which alone builds content-addressed derivations and what depends ' +
    'on them; allow it to with --max-jobs'
  );
}

/** What the engine requires for derivations whose paths only the hub's own daemon can know. */
const localStore = 'dispatch:local-store';
