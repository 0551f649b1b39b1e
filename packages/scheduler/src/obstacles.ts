import { lastingObstacles } from './capability.ts';
import type { Builder, Demand, Down, Farm, Needs } from './farm.ts';
import type { BuilderObstacles, Obstacle } from './result.ts';

/**
 * Why builders do not meet this demand now, without those that do; kept until a builder changes.
 */
export function obstaclesFor(farm: Farm, demand: Demand): readonly BuilderObstacles[] {
  demand.obstacles ??= [...farm.builders.values()]
    .map((builder) => ({
      builder: builder.offer.name,
      obstacles: obstaclesOf(builder, demand),
    }))
    .filter(({ obstacles }) => obstacles.length > 0);
  return demand.obstacles;
}

/** The obstacles while the hub is down: no builder can run anything. */
export function hubObstacles(farm: Farm, { reason }: Down): readonly BuilderObstacles[] {
  return [...farm.builders.keys()].map((builder) => ({
    builder,
    obstacles: [{ type: 'down', reason }],
  }));
}

/** Why the builder does not meet these needs, even if it were idle. */
export function obstaclesOf(builder: Builder, needs: Needs): Obstacle[] {
  return [...lastingObstacles(builder.offer, needs), ...passingObstacles(builder)];
}

/** Whether an obstacle passes by itself or by a word to the coordinator, whatever is to be built. */
export function isPassing({ type }: Obstacle): boolean {
  return passing[type];
}

const passing: Readonly<Record<Obstacle['type'], boolean>> = {
  system: false,
  'missing-features': false,
  'mandatory-features': false,
  'no-slots': false,
  down: true,
  quarantined: true,
  draining: true,
};

/** Why it takes no work at all at present. */
export function passingObstacles({ status, isDrained }: Builder): Obstacle[] {
  const obstacles: Obstacle[] = isDrained ? [{ type: 'draining' }] : [];
  if (status.type !== 'up') obstacles.push({ type: status.type, reason: status.reason });
  return obstacles;
}
