import type { DaemonEvent } from '../daemon-event.ts';
import { type DaemonFailure, ProtocolError } from '../errors.ts';
import type { ProtocolVersion } from '../protocol-version.ts';
import { readActivityResult, readActivityStarted } from './activity.ts';
import {
  type Decoder,
  readBigInteger,
  readInteger,
  readList,
  readLongText,
  readName,
} from './decoder.ts';
import { plainText } from './plain-text.ts';
import type { WireInput } from './wire-input.ts';

const messageNumbers = {
  next: 0x6f6c6d67,
  read: 0x64617461,
  last: 0x616c7473,
  error: 0x63787470,
  startActivity: 0x53545254,
  stopActivity: 0x53544f50,
  result: 0x52534c54,
} as const;

/** Why the daemon's messages end: the reply follows, it failed, or it wants data first. */
export type MessagesEnd =
  | { readonly type: 'reply' }
  | { readonly type: 'failed'; readonly failure: DaemonFailure }
  | { readonly type: 'wanted'; readonly bytes: number };

/**
 * Reads what a daemon reports between a request and its reply, and passes each event on as soon as
 * it is complete.
 */
export function* readMessages(
  input: WireInput,
  version: ProtocolVersion,
  onEvent: (event: DaemonEvent) => void,
): Decoder<MessagesEnd> {
  for (;;) {
    input.beginMessage();
    const number = yield* readInteger(input);
    switch (number) {
      case messageNumbers.result:
        onEvent(yield* readActivityResult(input));
        break;
      case messageNumbers.next:
        onEvent({ type: 'message', text: withoutLineEnd(yield* readLongText(input)) });
        break;
      case messageNumbers.startActivity:
        onEvent(yield* readActivityStarted(input));
        break;
      case messageNumbers.stopActivity:
        onEvent({ type: 'activity-stopped', id: yield* readBigInteger(input) });
        break;
      case messageNumbers.read:
        return { type: 'wanted', bytes: yield* readInteger(input) };
      case messageNumbers.error:
        return { type: 'failed', failure: yield* readFailure(input, version) };
      case messageNumbers.last:
        input.beginMessage();
        return { type: 'reply' };
      default:
        throw new ProtocolError('bad-reply', `0x${number.toString(16)} is no kind of message`);
    }
  }
}

/**
 * Takes the mark before a reply if it has arrived and comes next, which is usual: most replies have
 * no messages before them.
 */
export function takeReplyMark(input: WireInput): boolean {
  if (input.buffered < 8 || !input.startsWith(messageNumbers.last)) return false;
  input.beginMessage();
  input.takeInteger();
  return true;
}

function withoutLineEnd(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

function* readFailure(input: WireInput, version: ProtocolVersion): Decoder<DaemonFailure> {
  return version.minor >= 26 ? yield* readError(input) : yield* readOldError(input);
}

function* readOldError(input: WireInput): Decoder<DaemonFailure> {
  const message = plainText(yield* readLongText(input));
  return { level: 0, message, traces: [], exitStatus: yield* readInteger(input) };
}

function* readError(input: WireInput): Decoder<DaemonFailure> {
  const type = yield* readName(input);
  if (type !== 'Error') throw new ProtocolError('bad-reply', `'${type}' is no kind of error`);
  const level = yield* readInteger(input);
  yield* readLongText(input); // a name, which is always the same
  const message = plainText(yield* readLongText(input));
  yield* readNoPosition(input);
  return { level, message, traces: yield* readList(input, readTrace), exitStatus: undefined };
}

function* readTrace(input: WireInput): Decoder<string> {
  yield* readNoPosition(input);
  return plainText(yield* readLongText(input));
}

/** The protocol has a flag for a position, and no layout for one. */
function* readNoPosition(input: WireInput): Decoder<void> {
  if ((yield* readInteger(input)) !== 0) {
    throw new ProtocolError('bad-reply', 'an error claims to have a position');
  }
}
