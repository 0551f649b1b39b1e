import { type ByteString, displayText } from '@dispatch/nix/byte-string';

// The escape sequences of ECMA-48: CSI … final byte, OSC … BEL or ST, and two-byte ones.
// oxlint-disable-next-line no-control-regex
const escapeSequence =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;

/** A daemon's text for people as they can read it anywhere: UTF-8, without colours. */
export function plainText(text: ByteString): string {
  return displayText(text.replace(escapeSequence, '')).trim();
}
