import { NixFormatError } from './errors.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes in standard base 64 with padding, as in SRI hashes, keys and signatures. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += digit(group >> 18) + digit(group >> 12);
    text += left > 1 ? digit(group >> 6) : '=';
    text += left > 2 ? digit(group) : '=';
  }
  return text;
}

/**
 * The bytes of a text in standard base 64. Accepts only what `encodeBase64` prints, so that one
 * value has one text; throws `bad-base64` with the position for anything else.
 */
export function decodeBase64(text: string): Uint8Array {
  const digits = text.replace(/={1,2}$/, '');
  if (text.length % 4 !== 0) throw badBase64('its length is not a multiple of 4', text.length);
  const bytes = new Uint8Array((digits.length * 3) >> 2);
  let bits = 0;
  let written = 0;
  for (let at = 0; at < digits.length; at += 1) {
    bits = ((bits << 6) | valueAt(digits, at)) & 0xffffff;
    if (at % 4 !== 0) bytes[written++] = (bits >> (6 - 2 * (at % 4))) & 0xff;
  }
  if (encodeBase64(bytes) !== text)
    throw badBase64('there are bits beyond the last byte', digits.length);
  return bytes;
}

function digit(bits: number): string {
  return alphabet.charAt(bits & 63);
}

function valueAt(text: string, at: number): number {
  const value = alphabet.indexOf(text.charAt(at));
  if (value === -1) throw badBase64(`'${text.charAt(at)}' is not a digit of base 64`, at);
  return value;
}

function badBase64(fault: string, position: number): NixFormatError {
  return new NixFormatError('bad-base64', `not base 64: ${fault}`, { position });
}
