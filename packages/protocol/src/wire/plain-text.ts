import { type ByteString, displayText } from '@dispatch/nix/byte-string';

/** Bytes of a daemon's text that are kept; it may send megabytes, and messages go from hand to hand. */
const keptBytes = 16 * 1024;
/** Of those, from its end: there Nix says what it takes for the cause. */
const keptAtEnd = 1024;

// ECMA-48's escape sequences: those that end in a letter, titles up to BEL or ST, and short ones. The
// time is linear in the length of any text, as that of Node's own expression is not.
const escapeSequence = new RegExp(
  String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-Z\\^-~])`,
  'g',
);

/** A daemon's text for people as they can read it anywhere: UTF-8, not too long, without colours. */
export function plainText(text: ByteString): string {
  return withoutEscapeSequences(displayText(shortened(text))).trim();
}

/** What others wrote, without its colours and all else that is told to terminals in more than one character. */
export function withoutEscapeSequences(text: string): string {
  return text.replace(escapeSequence, '');
}

function shortened(text: ByteString): ByteString {
  if (text.length <= keptBytes) return text;
  return `${text.slice(0, keptBytes - keptAtEnd)}\n...\n${text.slice(-keptAtEnd)}`;
}
