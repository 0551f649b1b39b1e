import type { BuildSettings } from '@dispatch/engine/execute/build-settings';
import type { GroupPolicies } from '@dispatch/engine/groups/group-policy';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { isDerivationPath, isStorePath, type StorePath } from '@dispatch/nix/store-path';
import * as z from 'zod';
import { groupPoliciesSchema } from './group-policies.ts';
import { utmostPriority } from './priority.ts';

/**
 * What a user wants built, with everything that only the user's command can know: the coordinator
 * has another folder, environment and terminal.
 */
export interface BuildOrder {
  readonly roots: readonly RequestedRoot[];
  readonly links: WantedLinks | null;
  readonly keepGoing: boolean;
  /** Of runs that want the same slot, the one with the highest priority gets it; 0 by default. */
  readonly priority?: number | undefined;
  readonly settings: BuildSettings;
  /** How groups are carried out; see the engine. */
  readonly groups?: GroupPolicies | undefined;
  /** Groups are carried out anew as a trial, whose results are not used; see the engine. */
  readonly isTrial?: boolean | undefined;
  readonly world: WorldOrder;
}

/** The links to the results. */
export interface WantedLinks {
  /** Absolute. */
  readonly prefix: string;
  /** Links only where the results are on this machine, since nobody asked for a link by name. */
  readonly onlyHere: boolean;
}

/** Which machines and stores to use, in the words of the user. */
export interface WorldOrder {
  readonly store?: string | undefined;
  readonly builders?: string | undefined;
  /** Absolute. */
  readonly farm?: string | undefined;
  readonly maxJobs?: number | undefined;
  /** Seconds. */
  readonly connectTimeout?: number | undefined;
  readonly buildersUseSubstitutes?: boolean | undefined;
  /** The user's folder, absolute: relative file names refer to it. */
  readonly folder: string;
  /** The variables of the user's environment that concern machines and stores. */
  readonly environment: Readonly<Record<string, string>>;
}

const longestText = 1 << 20;
const longestPath = 4096;
const mostRoots = 100_000;

const text = z.string().max(longestText);
const absolutePath = z.string().max(longestPath).startsWith('/');
const wholeNumber = z.int().min(0).max(1e9);

const drvPath = z
  .string()
  .max(longestPath)
  .refine((path) => isStorePath(path) && isDerivationPath(path), 'is no path of a derivation')
  .describe('The .drv path.') as unknown as z.ZodType<StorePath>;

const outputName = z
  .string()
  .max(211)
  .regex(/^[0-9A-Za-z+\-._?=]+$/);

const root: z.ZodType<RequestedRoot> = z.strictObject({
  drvPath,
  outputs: z.union([z.literal('all'), z.array(outputName).min(1).max(1000)]),
  link: z
    .string()
    .regex(/^[\w.+=%-]{1,211}$/)
    .optional()
    .describe('What comes behind the prefix in the name of its links; a number if left out.'),
});

const settings = z
  .strictObject({
    timeout: wholeNumber.optional(),
    maxSilentTime: wholeNumber,
    cores: wholeNumber.optional(),
    hubCores: wholeNumber.optional(),
  })
  .describe('How builds are done.') as unknown as z.ZodType<BuildSettings>;

const world: z.ZodType<WorldOrder> = z
  .strictObject({
    store: text.optional(),
    builders: text.optional(),
    farm: absolutePath.optional(),
    maxJobs: wholeNumber.optional(),
    connectTimeout: z.int().min(1).max(1e10).optional(),
    buildersUseSubstitutes: z.boolean().optional(),
    folder: absolutePath.describe('What relative file names mean.'),
    environment: z
      .record(z.string().max(256), text)
      .describe('What the environment says about machines and stores.'),
  })
  .describe('Which machines and stores are meant; what is left out is in nix.conf.');

/** The schema of a build order. */
export const buildOrderSchema: z.ZodType<BuildOrder> = z.strictObject({
  roots: z.array(root).min(1).max(mostRoots),
  links: z
    .strictObject({ prefix: absolutePath, onlyHere: z.boolean() })
    .nullable()
    .describe('Where links to the results go; null for none.'),
  keepGoing: z.boolean(),
  priority: z
    .int()
    .min(-utmostPriority)
    .max(utmostPriority)
    .optional()
    .describe('The highest of the runs that want a slot gets it; 0 when left out.'),
  settings,
  groups: groupPoliciesSchema.optional(),
  isTrial: z
    .boolean()
    .optional()
    .describe('Groups are carried out anew, to learn something; nothing is made of them.'),
  world,
});
