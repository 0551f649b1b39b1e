import type { FeaturesMissing } from '@dispatch/engine/events';
import { localStoreFeature } from '@dispatch/engine/farm/farm-builder';
import type { BuilderObstacles, Obstacle } from '@dispatch/scheduler/result';
import { featureAdvice } from '../builders/feature-advice.ts';
import { drained, resumeAdvice } from './drained.ts';
import { complaint, machineName } from './machine-name.ts';

/** Features that builders' lines claim and their own daemons lack, by builder. */
export type FeaturesByBuilder = ReadonlyMap<string, FeaturesMissing>;

/** Why no builder takes a step, a reason for each builder, for a person who could change lines or a nix.conf. */
export function refusalTexts(
  refusals: readonly BuilderObstacles[],
  missing: FeaturesByBuilder,
): string[] {
  if (refusals.length === 0) return [noMachine];
  return refusals.map((one) => refusalText(one, missing));
}

const noMachine =
  'there is no machine at all: name some with --builders, or let this one build with --max-jobs';

function refusalText({ builder, obstacles }: BuilderObstacles, missing: FeaturesByBuilder): string {
  const reasons = telling(obstacles).map((obstacle) => obstacleText(obstacle, builder));
  const claimed = missing.get(builder);
  const advice = claimed === undefined ? [] : [featureAdvice(claimed)];
  return `${machineName(builder)}: ${[...reasons, ...advice].join('; ')}`;
}

/** The obstacles to tell: that the local daemon only steps in for others is not told where it is unfit itself. */
function telling(obstacles: readonly Obstacle[]): readonly Obstacle[] {
  const more = obstacles.filter((one) => !isStandIn(one));
  return more.length === 0 ? obstacles : more;
}

function isStandIn(obstacle: Obstacle): boolean {
  return obstacle.type === 'mandatory-features' && obstacle.features.includes(localStoreFeature);
}

/** Why a builder does not take a step, for a line that names the builder. */
export function obstacleText(obstacle: Obstacle, builder: string): string {
  switch (obstacle.type) {
    case 'system':
      return `it builds for ${obstacle.offered.join(', ')}, not for ${obstacle.wanted}`;
    case 'missing-features':
      return missingText(obstacle.features);
    case 'mandatory-features':
      if (isStandIn(obstacle))
        return 'it builds only what no machine is fit for; --max-jobs lets it build more';
      return `it is kept for derivations that require ${obstacle.features.join(', ')}`;
    case 'no-slots':
      return drained;
    case 'down':
      return `it cannot be used: ${complaint(obstacle.reason, builder)}`;
    case 'quarantined':
      return `it lost one build after the other, the last one with: ${complaint(obstacle.reason, builder)}`;
    case 'draining':
    default:
      return `it is drained: ${resumeAdvice(machineName(builder))}`;
  }
}

function missingText(features: readonly string[]): string {
  if (!features.includes(localStoreFeature)) return `it does not have the ${featureList(features)}`;
  return (
    'it is not the local daemon, which alone builds content-addressed derivations and what depends ' +
    'on them; allow it to with --max-jobs'
  );
}

function featureList(features: readonly string[]): string {
  return `feature${features.length === 1 ? '' : 's'} ${features.join(', ')}`;
}
