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

/** What a coordinator says to a command. */
export type Answer =
  | Greeting
  /** The run is written down: it will be carried out, also after the coordinator was killed. */
  | { readonly type: 'accepted'; readonly run: string }
  | { readonly type: 'event'; readonly seq: number; readonly event: RunEvent }
  /** So many lines of build logs came faster than the command took them. */
  | { readonly type: 'left-out'; readonly lines: number }
  | RunEnd
  | { readonly type: 'status'; readonly runs: readonly RunStatus[] }
  | { readonly type: 'why-here'; readonly run: string; readonly place: StepPlace }
  /** The URIs of their stores. */
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
  /** Tells this process from every other: events are counted anew in the next one. */
  readonly instance: string;
  /** Runs that are not over. */
  readonly running: number;
}

/** How a run ended: with its report, or with what kept it from being carried out. */
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
  /** Of runs that want the same slot, the one with the highest gets it. */
  readonly priority: number;
  readonly roots: readonly RequestedRoot[];
  /** Steps that are to be built; null before that is known. */
  readonly steps: number | null;
  /** Steps that are settled, in whatever way. */
  readonly settled: number;
  /** What is being built right now. */
  readonly building: readonly { readonly name: string; readonly builder: string }[];
}

/** Where a step of a run is, or was when it was built, and why. */
export interface StepPlace extends WhyHere {
  /** The rewritten `.drv` path. */
  readonly step: StorePath;
  readonly original: StorePath;
  readonly name: string;
  /** What became of it; undefined until it is over. */
  readonly result: StepResult | undefined;
}

/** Bytes that an answer may have: the plan of the largest graphs is one. */
export const longestAnswer: number = 256 * 1024 * 1024;

/**
 * Takes what a coordinator sent for an answer. Only its outline is checked: it comes from a process of
 * the same user and of the same version, or nothing but its hello is read. Throws `bad-message`.
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
