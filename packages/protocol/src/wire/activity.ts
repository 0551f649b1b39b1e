import type {
  ActivityField,
  ActivityName,
  ActivityResult,
  ActivityStarted,
  ResultValue,
} from '../daemon-event.ts';
import { ProtocolError } from '../errors.ts';
import {
  type Decoder,
  readBigInteger,
  readCounter,
  readInteger,
  readList,
  readLongText,
} from './decoder.ts';
import type { WireInput } from './wire-input.ts';

const firstActivity = 100;

/** Nix's activity types by their numbers, from 100 on. */
const activityNames: readonly ActivityName[] = [
  'copy-path',
  'file-transfer',
  'realise',
  'copy-paths',
  'builds',
  'build',
  'optimise-store',
  'verify-paths',
  'substitute',
  'query-path-info',
  'post-build-hook',
  'build-waiting',
  'fetch-tree',
  'fetch-to-store',
];

function activityName(number: number): ActivityName {
  return activityNames[number - firstActivity] ?? 'unknown';
}

/** What follows STDERR_START_ACTIVITY. */
export function* readActivityStarted(input: WireInput): Decoder<ActivityStarted> {
  return {
    type: 'activity-started',
    id: yield* readBigInteger(input),
    level: yield* readInteger(input),
    activity: activityName(yield* readInteger(input)),
    text: yield* readLongText(input),
    fields: yield* readList(input, readField),
    parent: yield* readBigInteger(input),
  };
}

/** What follows STDERR_RESULT. */
export function* readActivityResult(input: WireInput): Decoder<ActivityResult> {
  const id = yield* readBigInteger(input);
  const number = yield* readInteger(input);
  const fields = yield* readList(input, readField);
  return { type: 'result', id, result: resultValue(number, fields) };
}

function* readField(input: WireInput): Decoder<ActivityField> {
  const kind = yield* readInteger(input);
  if (kind === 0) return yield* readCounter(input);
  if (kind === 1) return yield* readLongText(input);
  throw new ProtocolError('bad-reply', `${kind} is no kind of an activity's field`);
}

type ResultReader = (...fields: ActivityField[]) => ResultValue | undefined;

/** By the result's number; they give undefined where the fields are not those of that number. */
const resultReaders: ReadonlyMap<number, ResultReader> = new Map<number, ResultReader>([
  [
    100,
    (bytes, blocks) =>
      isNumber(bytes) && isNumber(blocks) ? { type: 'file-linked', bytes, blocks } : undefined,
  ],
  [101, (line) => (isText(line) ? { type: 'build-log-line', line } : undefined)],
  [102, (path) => (isText(path) ? { type: 'untrusted-path', path } : undefined)],
  [103, (path) => (isText(path) ? { type: 'corrupted-path', path } : undefined)],
  [104, (phase) => (isText(phase) ? { type: 'set-phase', phase } : undefined)],
  [
    105,
    (done, expected, running, failed) =>
      isNumber(done) && isNumber(expected) && isNumber(running) && isNumber(failed)
        ? { type: 'progress', done, expected, running, failed }
        : undefined,
  ],
  [
    106,
    (activity, expected) =>
      isNumber(activity) && isNumber(expected)
        ? { type: 'set-expected', activity: activityName(activity), expected }
        : undefined,
  ],
  [107, (line) => (isText(line) ? { type: 'post-build-log-line', line } : undefined)],
  [108, (status) => (isText(status) ? { type: 'fetch-status', status } : undefined)],
]);

function resultValue(number: number, fields: ActivityField[]): ResultValue {
  return resultReaders.get(number)?.(...fields.slice(0, 4)) ?? { type: 'other', number, fields };
}

function isNumber(field: ActivityField | undefined): field is number {
  return typeof field === 'number';
}

function isText(field: ActivityField | undefined): field is string {
  return typeof field === 'string';
}
