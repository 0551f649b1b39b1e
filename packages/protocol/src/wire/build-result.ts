import { type BuildResult, type BuildStatus, buildStatuses } from '@dispatch/nix/build-result';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import { ProtocolError } from '../errors.ts';
import type { Dialect } from '../features.ts';
import {
  type Decoder,
  readBigInteger,
  readBoolean,
  readInteger,
  readList,
  readLongText,
  readName,
} from './decoder.ts';
import { plainText } from './plain-text.ts';
import { parseRealisation, readRealisation } from './realisation.ts';
import type { WireInput } from './wire-input.ts';

const noTimes = { timesBuilt: 0, isNonDeterministic: false, startTime: 0, stopTime: 0 };

/** A BuildResult in the layout that was agreed on. */
export function* readBuildResult(
  input: WireInput,
  { version, features }: Dialect,
): Decoder<BuildResult> {
  const status = yield* readStatus(input);
  const errorMessage = plainText(yield* readLongText(input));
  const times = version.minor >= 29 ? yield* readTimes(input) : noTimes;
  const cpuUser = version.minor >= 37 ? yield* readMicroseconds(input) : undefined;
  const cpuSystem = version.minor >= 37 ? yield* readMicroseconds(input) : undefined;
  const builtOutputs: ReadonlyMap<OutputName, StorePath> =
    version.minor >= 28 ? yield* readBuiltOutputs(input, features) : new Map();
  return { status, errorMessage, ...times, cpuUser, cpuSystem, builtOutputs };
}

function* readStatus(input: WireInput): Decoder<BuildStatus> {
  const number = yield* readInteger(input);
  const status = buildStatuses[number];
  if (status === undefined) {
    throw new ProtocolError('bad-reply', `${number} is no status of a build`);
  }
  return status;
}

function* readTimes(input: WireInput): Decoder<typeof noTimes> {
  return {
    timesBuilt: yield* readInteger(input),
    isNonDeterministic: yield* readBoolean(input),
    startTime: yield* readInteger(input),
    stopTime: yield* readInteger(input),
  };
}

/** An optional time, signed: a clock that was set back is no reason to lose a build. */
function* readMicroseconds(input: WireInput): Decoder<number | undefined> {
  if (!(yield* readBoolean(input))) return undefined;
  return Number(BigInt.asIntN(64, yield* readBigInteger(input)));
}

function* readBuiltOutputs(
  input: WireInput,
  features: Dialect['features'],
): Decoder<Map<OutputName, StorePath>> {
  const readOutput = features.has('realisation-with-path-not-hash') ? readNamed : readJson;
  return new Map(yield* readList(input, readOutput));
}

function* readNamed(input: WireInput): Decoder<[OutputName, StorePath]> {
  const name = yield* readName(input);
  return [name, (yield* readRealisation(input)).outPath];
}

/**
 * An output with the id `hash!name`. The hash is of the derivation as it was sent: nothing new to
 * us.
 */
function* readJson(input: WireInput): Decoder<[OutputName, StorePath]> {
  const id = yield* readName(input);
  const { outPath } = parseRealisation(yield* readLongText(input));
  return [id.slice(id.indexOf('!') + 1), outPath];
}
