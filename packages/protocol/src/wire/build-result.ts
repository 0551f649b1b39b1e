import { type BuildResult, type BuildStatus, buildStatuses } from '@dispatch/nix/build-result';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import { ProtocolError } from '../errors.ts';
import type { ProtocolVersion } from '../protocol-version.ts';
import {
  type Decoder,
  readBigInteger,
  readBoolean,
  readCount,
  readInteger,
  readLongText,
  readName,
} from './decoder.ts';
import { plainText } from './plain-text.ts';
import { parseRealisation } from './realisation.ts';
import type { WireInput } from './wire-input.ts';

const noTimes = { timesBuilt: 0, isNonDeterministic: false, startTime: 0, stopTime: 0 };

/** A BuildResult in the layout of the negotiated version. */
export function* readBuildResult(input: WireInput, version: ProtocolVersion): Decoder<BuildResult> {
  const status = yield* readStatus(input);
  const errorMessage = plainText(yield* readLongText(input));
  const times = version.minor >= 29 ? yield* readTimes(input) : noTimes;
  const cpuUser = version.minor >= 37 ? yield* readMicroseconds(input) : undefined;
  const cpuSystem = version.minor >= 37 ? yield* readMicroseconds(input) : undefined;
  const builtOutputs: ReadonlyMap<OutputName, StorePath> =
    version.minor >= 28 ? yield* readBuiltOutputs(input) : new Map();
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

function* readBuiltOutputs(input: WireInput): Decoder<Map<OutputName, StorePath>> {
  const count = yield* readCount(input);
  const outputs = new Map<OutputName, StorePath>();
  for (let at = 0; at < count; at += 1) {
    const id = yield* readName(input);
    const realisation = parseRealisation(yield* readLongText(input));
    // The hash before the `!` is of the derivation as it was sent and says nothing more to us.
    outputs.set(id.slice(id.indexOf('!') + 1), realisation.outPath);
  }
  return outputs;
}
