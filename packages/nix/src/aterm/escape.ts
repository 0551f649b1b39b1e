import type { ByteString } from '../byte-string.ts';

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const unescapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Escapes a value for printing between quotes: `"`, `\`, newline, CR and tab, and nothing else. */
export function escapeString(value: ByteString): ByteString {
  return value.replace(/["\\\n\r\t]/g, (character) => escapes[character] ?? character);
}

/** The value of a text that is escaped as above. */
export function unescapeString(escaped: ByteString): ByteString {
  if (!escaped.includes('\\')) return escaped;
  return escaped.replace(/\\([^])/g, (_, character: string) => unescapes[character] ?? character);
}

/**
 * Compares two values that stand escaped in `bytes`, by their unescaped bytes: negative, zero or
 * positive. It does so in place, since taking both out of the text takes far longer.
 */
export function compareEscaped(
  bytes: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): number {
  let at = start;
  let other = otherStart;
  while (at < end && other < otherEnd) {
    // Names hardly ever have an escape in them.
    if (bytes[at] === bytes[other] && bytes[at] !== backslash) {
      at += 1;
      other += 1;
      continue;
    }
    const order = valueAt(bytes, at) - valueAt(bytes, other);
    if (order !== 0) return order;
    at += widthAt(bytes, at);
    other += widthAt(bytes, other);
  }
  return Number(at < end) - Number(other < otherEnd);
}

/** Compares likewise the escaped text from `start` to `end` with `value`, which is not escaped. */
export function compareEscapedTo(
  bytes: Uint8Array,
  start: number,
  end: number,
  value: ByteString,
): number {
  let at = start;
  for (let next = 0; next < value.length; next += 1) {
    if (at >= end) return -1;
    const order = valueAt(bytes, at) - value.charCodeAt(next);
    if (order !== 0) return order;
    at += widthAt(bytes, at);
  }
  return Number(at < end);
}

const backslash = 0x5c;
const escapedControls: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

function valueAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  if (byte !== backslash) return byte;
  const escaped = bytes[at + 1] ?? 0;
  return escapedControls.get(escaped) ?? escaped;
}

function widthAt(bytes: Uint8Array, at: number): number {
  return bytes[at] === backslash ? 2 : 1;
}
