import { lastingObstacles } from './capability.ts';
import type { Builder, Demand, Down, Farm, Needs } from './farm.ts';
import type { BuilderObstacles, Obstacle } from './result.ts';

/** For each builder that does not take what asks for this now, why; kept until a builder changes. */
export function obstaclesFor(farm: Farm, demand: Demand): readonly BuilderObstacles[] {
  demand.obstacles ??= [...farm.builders.values()]
    .map((builder) => ({
      builder: builder.offer.name,
      obstacles: obstaclesOf(builder, demand),
    }))
    .filter(({ obstacles }) => obstacles.length > 0);
  return demand.obstacles;
}

/** Without the hub, no builder can run anything. */
export function hubObstacles(farm: Farm, { reason }: Down): readonly BuilderObstacles[] {
  return [...farm.builders.keys()].map((builder) => ({
    builder,
    obstacles: [{ type: 'down', reason }],
  }));
}

/** Why the builder does not take what asks for this, were it ever so idle. */
export function obstaclesOf(builder: Builder, needs: Needs): Obstacle[] {
  return [...lastingObstacles(builder.offer, needs), ...passingObstacles(builder)];
}

/** Why it takes nothing at all as things are. */
export function passingObstacles({ status, isDrained }: Builder): Obstacle[] {
  const obstacles: Obstacle[] = isDrained ? [{ type: 'draining' }] : [];
  if (status.type !== 'up') obstacles.push({ type: status.type, reason: status.reason });
  return obstacles;
}
