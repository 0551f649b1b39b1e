import type { Attempt, Builder } from '../farm.ts';
import { expectedMs, slotsOf } from '../load.ts';
import { unitsOf } from '../resources.ts';
import type { Capacity } from './capacity.ts';
import type { Keeping } from './group.ts';

/**
 * How long a step may take that is let in where slots are kept, in milliseconds: as long as the
 * longest wait for these slots, each build counted in full. When builds began is not known here, so
 * the group may begin later by the time that they have run already; the machines are busy
 * meanwhile.
 */
export function gapLength({ shares, fillers }: Keeping): number {
  const waits = [...shares].map(([builder, share]) => {
    const awaited = [...builder.attempts].filter((attempt) => !fillers.has(attempt));
    return Math.max(...claimsOf(builder, share, awaited).map(waitFor));
  });
  return Math.max(0, ...waits);
}

/** `wanted` of `total` slots or units are to be free; each of `users` takes one. */
interface Claim {
  readonly wanted: number;
  readonly total: number;
  readonly users: readonly Attempt[];
}

function claimsOf(builder: Builder, share: Capacity, awaited: readonly Attempt[]): Claim[] {
  const { offer } = builder;
  const claims = [{ wanted: share.slots, total: slotsOf(builder), users: awaited }];
  for (const [resource, wanted] of share.units) {
    const total = unitsOf(offer, resource);
    if (total === undefined) continue;
    const users = awaited.filter(({ step }) => step.demand.requiredFeatures.has(resource));
    claims.push({ wanted, total, users });
  }
  return claims;
}

function waitFor({ wanted, total, users }: Claim): number {
  const missing = wanted - (total - users.length);
  const durations = users.map(expectedMs).toSorted((a, b) => a - b);
  return missing > 0 ? (durations[missing - 1] ?? 0) : 0;
}
