import type { RunEvent } from '@dispatch/engine/events';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { RunOutcome } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import type { WhyHere } from '@dispatch/scheduler/why-here';
import { CoordinatorError } from '../errors.ts';
import type { Version } from './version.ts';
import type { WireError } from './wire-error.ts';
import type { WireReport } from './wire-report.ts';

/** A message from a coordinator to a command. */
export type Answer =
  | Greeting
  /**
   * The run was taken on. Unless the disk was full it is written down, and will be carried out even
   * after the coordinator was killed.
   */
  | { readonly type: 'accepted'; readonly run: string }
  | { readonly type: 'event'; readonly seq: number; readonly event: RunEvent }
  /** This many lines of build logs came faster than the command took them. */
  | { readonly type: 'left-out'; readonly lines: number }
  | RunEnd
  | { readonly type: 'status'; readonly runs: readonly RunStatus[] }
  | { readonly type: 'why-here'; readonly run: string; readonly place: StepPlace }
  /** The URIs of the builders' stores. */
  | { readonly type: 'machines'; readonly builders: readonly string[] }
  | { readonly type: 'steered' }
  | { readonly type: 'cancelling'; readonly run: string }
  | { readonly type: 'ending' }
  /** The request is not carried out. */
  | { readonly type: 'refused'; readonly error: WireError };

/** The coordinator's hello. */
export interface Greeting {
  readonly type: 'hello';
  readonly version: Version;
  readonly pid: number;
  /** Tells this process from every other: the next one counts events from 1 again. */
  readonly instance: string;
  /** The number of runs that are not over. */
  readonly running: number;
}

/** How a run ended: with its report, or with the error that kept it from being carried out. */
export type RunEnd =
  | { readonly type: 'report'; readonly report: WireReport; readonly tookMs: number }
  | { readonly type: 'failed'; readonly error: WireError };

/** A run that a coordinator knows. */
export interface RunStatus {
  readonly run: string;
  readonly state: 'running' | 'failed' | RunOutcome;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly detached: boolean;
  /** Of runs that want the same slot, the one with the highest priority gets it. */
  readonly priority: number;
  readonly roots: readonly RequestedRoot[];
  /** The number of steps to build; null before that is known. */
  readonly steps: number | null;
  /** The number of steps that have ended, in whatever way. */
  readonly settled: number;
  /** What is being built right now. */
  readonly building: readonly { readonly name: string; readonly builder: string }[];
}

/** Where a step of a run is, or was when it was built, and why there. */
export interface StepPlace extends WhyHere {
  /** The rewritten `.drv` path. */
  readonly step: StorePath;
  readonly original: StorePath;
  readonly name: string;
  /** Its result; undefined until it is over. */
  readonly result: StepResult | undefined;
}

/** The largest answer in bytes: the plan of a very large graph must fit. */
export const longestAnswer: number = 256 * 1024 * 1024;

/**
 * Checks that a value is an answer. Only its outline is checked: it comes from a process of the
 * same user and version; of another version, only the hello is read. Throws `bad-message`.
 */
export function asAnswer(value: unknown): Answer {
  if (isObject(value) && typeof value['type'] === 'string') {
    const hasOutline = outlines[value['type']];
    if (hasOutline?.(value)) return value as unknown as Answer;
  }
  const shown = JSON.stringify(value).slice(0, 200);
  throw new CoordinatorError('bad-message', `what answers is no coordinator: it sent ${shown}`);
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

const isError = ({ error }: Fields): boolean =>
  isObject(error) && typeof error['message'] === 'string';

const outlines: Readonly<Record<string, ((fields: Fields) => boolean) | undefined>> = {
  hello: ({ version, pid, instance, running }) =>
    isObject(version) &&
    typeof version['release'] === 'string' &&
    typeof version['builtAt'] === 'number' &&
    typeof pid === 'number' &&
    typeof instance === 'string' &&
    typeof running === 'number',
  accepted: ({ run }) => typeof run === 'string',
  event: ({ seq, event }) =>
    typeof seq === 'number' && isObject(event) && typeof event['type'] === 'string',
  'left-out': ({ lines }) => typeof lines === 'number',
  report: ({ report, tookMs }) =>
    typeof tookMs === 'number' &&
    isObject(report) &&
    Array.isArray(report['results']) &&
    Array.isArray(report['steps']),
  failed: isError,
  status: ({ runs }) => Array.isArray(runs),
  'why-here': ({ run, place }) =>
    typeof run === 'string' && isObject(place) && Array.isArray(place['passedOver']),
  machines: ({ builders }) => Array.isArray(builders),
  steered: () => true,
  cancelling: ({ run }) => typeof run === 'string',
  ending: () => true,
  refused: isError,
};
