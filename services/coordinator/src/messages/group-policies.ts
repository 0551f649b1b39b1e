import type { GroupPolicies, GroupPolicy, RolePolicy } from '@dispatch/engine/groups/group-policy';
import * as z from 'zod';

const mostNames = 1000;

/** How groups are carried out, by their names; other groups get the default policy. */
export const groupPoliciesSchema: z.ZodType<GroupPolicies> = z
  // Making schemas takes milliseconds of a start, and most runs have no groups.
  .lazy(policies)
  .describe('How groups are carried out, by their names.');

function policies(): z.ZodType<GroupPolicies> {
  const name = z.string().min(1).max(256);
  const names = z.array(z.string().min(1).max(4096)).max(mostNames);
  // No group or role may have the name of something that every object has.
  const key = name.refine((text) => text !== '__proto__', 'is no name');
  const hosts = z.enum(['any', 'distinct', 'same']);
  const seconds = z.number().min(0).max(1e9);
  const role: z.ZodType<RolePolicy> = z.strictObject({
    count: z.int().min(0).max(mostNames).optional(),
    optional: z.boolean(),
    builders: names.optional(),
    tags: names.optional(),
    hosts,
    resources: names,
  });
  const group: z.ZodType<GroupPolicy> = z.strictObject({
    roles: z.record(key, role),
    hosts,
    queueSeconds: seconds.optional(),
    assembleSeconds: seconds.optional(),
    barrierSeconds: seconds,
    runSeconds: seconds.optional(),
    graceSeconds: seconds,
    retries: z.int().min(0).max(100),
  });
  return z.record(key, group);
}
