import { type ByteString, displayText } from '@dispatch/nix/byte-string';

/**
 * Bytes of a daemon's text that are kept: it may send megabytes, and messages are passed around.
 */
const keptBytes = 16 * 1024;
/** How many of these are from the end of the text, where Nix says what it takes for the cause. */
const keptAtEnd = 1024;

// ECMA-48's escape sequences: those that end in a letter, titles up to BEL or ST, and short ones.
// The time is linear in the length of any text, which it is not for Node's own expression.
const escapeSequence = new RegExp(
  String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-Z\\^-~])`,
  'g',
);

/** A daemon's text for people, readable anywhere: UTF-8, not too long, without colours. */
export function plainText(text: ByteString): string {
  return withoutEscapeSequences(displayText(shortened(text))).trim();
}

/** A text without its colours and all other terminal sequences of more than one character. */
export function withoutEscapeSequences(text: string): string {
  return text.replace(escapeSequence, '');
}

function shortened(text: ByteString): ByteString {
  if (text.length <= keptBytes) return text;
  return `${text.slice(0, keptBytes - keptAtEnd)}\n...\n${text.slice(-keptAtEnd)}`;
}
