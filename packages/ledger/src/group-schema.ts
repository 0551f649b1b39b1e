import type { StorePath } from '@dispatch/nix/store-path';
import * as z from 'zod';
import type {
  AttemptMember,
  GroupAttempt,
  GroupCommit,
  GroupEnding,
  GroupFailure,
  MemberEnding,
} from './group-attempt.ts';
import {
  drvPathPattern,
  maximumOutputs,
  maximumPathLength,
  storePathPattern,
} from './record-rules.ts';
import type { AttemptHead } from './stored-values.ts';

/** Most characters of a reason; a longer one is cut when it is recorded. */
export const longestReason = 10_000;
const longestName = 4096;
const mostMembers = 10_000;

const name = z.string().min(1).max(longestName);
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in hexadecimal');
const milliseconds = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const drvPath = storePath(drvPathPattern, 'is not the path of a .drv file in a store');
const outputPath = storePath(storePathPattern, 'is not a store path');
const logFile = z.string().startsWith('/').max(longestName).optional();

function storePath(pattern: RegExp, what: string): z.ZodType<StorePath> {
  return z.string().max(maximumPathLength).regex(pattern, what) as unknown as z.ZodType<StorePath>;
}

const mark = z.string().min(1).max(100);

/** The head of an attempt: what is read to find it. */
export const attemptHeadSchema: z.ZodType<AttemptHead> = z.strictObject({
  key: hash,
  mark,
  id: hash,
  name,
  isTrial: z.boolean(),
  owner: z.strictObject({ pid: z.int(), began: z.string() }),
  ended: z.enum(['committed', 'failed', 'lost', 'cancelled']).optional(),
});

const member: z.ZodType<AttemptMember> = z.strictObject({
  name,
  role: name,
  original: drvPath,
  rewritten: drvPath,
  builder: name,
  outputs: z
    .array(z.strictObject({ name, path: outputPath }))
    .min(1)
    .max(maximumOutputs),
  logFile,
});

/** An attempt as it is begun. */
export const groupAttemptSchema: z.ZodType<GroupAttempt> = z
  .strictObject({
    key: hash,
    mark,
    id: hash,
    name,
    run: name,
    startedAt: milliseconds,
    isTrial: z.boolean(),
    members: z.array(member).min(1).max(mostMembers),
    logFile,
  })
  .refine(
    ({ members }) => areDistinct(members.map((it) => it.name)),
    'has two members of one name',
  );

const memberEnding: z.ZodType<MemberEnding> = z.strictObject({
  name,
  outcome: z.enum(['succeeded', 'failed', 'stopped', 'never-started']),
  durationMs: milliseconds.optional(),
});
const memberEndings = z.array(memberEnding).max(mostMembers);

const commit: z.ZodType<GroupCommit> = z.strictObject({
  type: z.literal('committed'),
  endedAt: milliseconds,
  members: memberEndings,
  outputs: z.array(z.strictObject({ path: outputPath, narHash: hash, narSize: z.int().min(0) })),
});

const failure: z.ZodType<GroupFailure> = z.strictObject({
  type: z.enum(['failed', 'lost', 'cancelled']),
  endedAt: milliseconds,
  cause: z.strictObject({ member: name.optional(), reason: z.string().max(longestReason) }),
  members: memberEndings,
});

/** How an attempt ended; that a commit fits its attempt is checked separately. */
export const groupEndingSchema: z.ZodType<GroupEnding> = z.union([commit, failure]);

function areDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
