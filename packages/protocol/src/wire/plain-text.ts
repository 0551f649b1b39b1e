import { type ByteString, displayText } from '@dispatch/nix/byte-string';

// ECMA-48's escape sequences: those that end in a letter, titles up to BEL or ST, and two-byte ones.
const escapeSequence = new RegExp(
  String.raw`\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])`,
  'g',
);

/** A daemon's text for people as they can read it anywhere: UTF-8, without colours. */
export function plainText(text: ByteString): string {
  return displayText(text.replace(escapeSequence, '')).trim();
}
