import type { UnkeyedValidPathInfo, ValidPathInfo } from '@dispatch/nix/path-info';
import { ProtocolError } from '../errors.ts';
import {
  type Decoder,
  readBoolean,
  readInteger,
  readList,
  readName,
  readOptionalPath,
  readPaths,
} from './decoder.ts';
import type { RequestWriter } from './request-writer.ts';
import type { WireInput } from './wire-input.ts';

/** UnkeyedValidPathInfo in the layout of protocol 1.16 and later. */
export function* readPathInfo(input: WireInput): Decoder<UnkeyedValidPathInfo> {
  return {
    deriver: yield* readOptionalPath(input),
    narHash: yield* readNarHash(input),
    references: yield* readPaths(input),
    registrationTime: yield* readInteger(input),
    narSize: yield* readInteger(input),
    ultimate: yield* readBoolean(input),
    signatures: yield* readList(input, readName),
    contentAddress: yield* readName(input),
  };
}

function* readNarHash(input: WireInput): Decoder<string> {
  const narHash = yield* readName(input);
  if (!/^[0-9a-f]{64}$/.test(narHash)) {
    throw new ProtocolError('bad-reply', `'${narHash}' stands where a NAR's SHA-256 must`);
  }
  return narHash;
}

/** A ValidPathInfo: the path, then the layout that `readPathInfo` reads. */
export function writePathInfo(out: RequestWriter, info: ValidPathInfo): void {
  out.text(info.path);
  out.optionalText(info.deriver);
  out.text(info.narHash);
  out.texts(info.references);
  out.integer(info.registrationTime);
  out.integer(info.narSize);
  out.boolean(info.ultimate);
  out.texts(info.signatures);
  out.text(info.contentAddress);
}
