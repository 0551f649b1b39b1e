import { canonicalStoreUri } from '@dispatch/builders/store-address';
import {
  type GroupPolicies,
  type GroupPolicy,
  type HostRule,
  type RolePolicy,
  usualGroupPolicy,
  usualRolePolicy,
} from '@dispatch/engine/groups/group-policy';
import { messageOf } from '@dispatch/nix/message-of';
import * as z from 'zod';
import { badKey, parseToml } from './checked-toml.ts';

const notWords = 'must be a list of words';
const words = z.array(z.string(notWords).regex(/^[^\s,]+$/, notWords), notWords);
const hosts = z.enum(['any', 'distinct', 'same'], 'must be "any", "distinct" or "same"');
const seconds = z.number('must be a number of seconds').max(1e9, 'must be at most 1000000000');
const orNone = seconds.min(0, 'must be a number of seconds, 0 or more');
const some = seconds.gt(0, 'must be a number of seconds above 0');

const roleSchema = z.strictObject({
  count: z
    .int('must be a whole number above 0')
    .min(1, 'must be a whole number above 0')
    .optional(),
  optional: z.boolean('must be true or false').default(usualRolePolicy.optional),
  builders: words.min(1, 'must name a machine').optional(),
  tags: words.optional(),
  hosts: hosts.default(usualRolePolicy.hosts),
  resources: words.default([...usualRolePolicy.resources]),
});

const groupSchema = z.strictObject({
  roles: z.record(z.string(), roleSchema).default({}),
  hosts: hosts.default(usualGroupPolicy.hosts),
  'queue-seconds': orNone.optional(),
  'assemble-seconds': some.optional(),
  'barrier-seconds': some.default(usualGroupPolicy.barrierSeconds),
  'run-seconds': some.optional(),
  'grace-seconds': orNone.default(usualGroupPolicy.graceSeconds),
  retries: z
    .int('must be a whole number')
    .min(0, 'must be 0 or more')
    .max(100, 'must be at most 100')
    .default(usualGroupPolicy.retries),
});

const fileSchema = z.strictObject({ groups: z.record(z.string(), groupSchema).default({}) });

type GroupEntry = z.infer<typeof groupSchema>;
type RoleEntry = z.infer<typeof roleSchema>;

/** Parses a groups file. Throws `bad-file` with file, line and key. */
export function parseGroups(text: string, file: string): GroupPolicies {
  const { groups } = parseToml(text, file, fileSchema);
  return mapped(groups, (entry, group) => {
    const refuse = (path: readonly string[], what: string, cause?: unknown): never => {
      throw badKey({ text, file, path: ['groups', group, ...path] }, what, cause);
    };
    return groupPolicy(entry, refuse);
  });
}

type Refuse = (path: readonly string[], what: string, cause?: unknown) => never;

function groupPolicy(entry: GroupEntry, refuse: Refuse): GroupPolicy {
  return {
    roles: mapped(entry.roles, (role, key) =>
      rolePolicy(role, ['roles', key], entry.hosts, refuse),
    ),
    hosts: entry.hosts,
    queueSeconds: entry['queue-seconds'],
    assembleSeconds: entry['assemble-seconds'],
    barrierSeconds: entry['barrier-seconds'],
    runSeconds: entry['run-seconds'],
    graceSeconds: entry['grace-seconds'],
    retries: entry.retries,
  };
}

function rolePolicy(
  role: RoleEntry,
  path: readonly string[],
  all: HostRule,
  refuse: Refuse,
): RolePolicy {
  if (contradict(all, role.hosts)) {
    refuse([...path, 'hosts'], `cannot be "${role.hosts}" where all members must be "${all}"`);
  }
  return {
    ...role,
    builders: role.builders?.map((uri) => canonical(uri, [...path, 'builders'], refuse)),
  };
}

function contradict(all: HostRule, own: HostRule): boolean {
  return (all === 'same' && own === 'distinct') || (all === 'distinct' && own === 'same');
}

function canonical(uri: string, path: readonly string[], refuse: Refuse): string {
  try {
    return canonicalStoreUri(uri);
  } catch (cause) {
    return refuse(path, messageOf(cause), cause);
  }
}

function mapped<From, To>(
  entries: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  const changed = Object.entries(entries).map(([key, value]) => [key, change(value, key)] as const);
  return Object.fromEntries(changed);
}
