import type { Steering } from '@dispatch/engine/farm/steering';
import { runIdPattern } from '@dispatch/engine/run-id';
import * as z from 'zod';
import { type BuildOrder, buildOrderSchema } from './build-order.ts';
import { builderName } from './builder-name.ts';

/** What a command asks of a coordinator, after its hello. */
export type Request =
  | BuildRequest
  | WatchRequest
  | CancelRequest
  | StatusRequest
  | WhyHereRequest
  | MachinesRequest
  | SteerRequest
  | EndRequest;

/** Builds; answered by `accepted`, events, and the end. A known run is only watched. */
export interface BuildRequest {
  readonly type: 'build';
  /** The run's id. The command makes it up, so that it can ask again without building twice. */
  readonly run: string;
  /** Whether it goes on when the command is gone. */
  readonly detached: boolean;
  readonly order: BuildOrder;
  /** Only events after this number are sent. */
  readonly since: number;
}

/** Reports a run from its beginning to its end; it goes on when the watcher leaves. */
export interface WatchRequest {
  readonly type: 'watch';
  readonly run: string;
  readonly since: number;
}

/** Stops a run. */
export interface CancelRequest {
  readonly type: 'cancel';
  readonly run: string;
}

/** Asks which runs there are. */
export interface StatusRequest {
  readonly type: 'status';
}

/** Asks where a step is, or was, and why there. */
export interface WhyHereRequest {
  readonly type: 'why-here';
  /** The path of its derivation or of an output, or its name. */
  readonly step: string;
}

/** Asks for the machines of runs that are under way, or were not long ago. */
export interface MachinesRequest {
  readonly type: 'machines';
}

/** Takes machines out of use, or back into use, for all runs from now on. */
export interface SteerRequest {
  readonly type: 'steer';
  /** The URIs of their stores. */
  readonly builders: readonly string[];
  readonly steering: Steering;
}

/** Ends the coordinator, if nothing runs. */
export interface EndRequest {
  readonly type: 'end';
}

/** The largest request in bytes. */
export const longestRequest: number = 64 * 1024 * 1024;

const run = z.string().regex(runIdPattern, 'is no name of a run');
const since = z.int().min(0).describe('Events up to this one are known already.');

/** Every request but the hello. */
export const requestSchema: z.ZodType<Request> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('build'),
    run,
    detached: z.boolean(),
    order: buildOrderSchema,
    since,
  }),
  z.strictObject({ type: z.literal('watch'), run, since }),
  z.strictObject({ type: z.literal('cancel'), run }),
  z.strictObject({ type: z.literal('status') }),
  z.strictObject({ type: z.literal('why-here'), step: z.string().min(1).max(4096) }),
  z.strictObject({ type: z.literal('machines') }),
  z.strictObject({
    type: z.literal('steer'),
    builders: z.array(builderName).min(1).max(1000),
    steering: z.enum(['drain', 'skip', 'resume']),
  }),
  z.strictObject({ type: z.literal('end') }),
]);
