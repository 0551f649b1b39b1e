import type { ByteString } from '../byte-string.ts';
import { NixFormatError } from '../errors.ts';

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const unescapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** The text between the quotes for a value: `"`, `\`, newline, CR and tab are escaped, no more. */
export function escapeString(value: ByteString): ByteString {
  return value.replace(/["\\\n\r\t]/g, (character) => escapes[character] ?? character);
}

/** The value of the text between the quotes. */
export function unescapeString(escaped: ByteString): ByteString {
  if (!escaped.includes('\\')) return escaped;
  return escaped.replace(/\\([^])/g, (_, character: string) => unescapes[character] ?? character);
}

/** What may stand behind a backslash. */
const escapedCodes: ReadonlySet<number> = new Set([0x22, 0x5c, 0x6e, 0x72, 0x74]);

/**
 * Refuses a text that Nix would print differently: another escape than the five, or a character
 * that should have been escaped. Nix hashes what it prints and not what it read, so such a text
 * would be another derivation to Nix than to us. `offset` is where the text begins in its file.
 */
export function assertCanonicalEscapes(text: ByteString, offset = 0): void {
  let at = text.indexOf('\\');
  while (at !== -1) {
    if (!escapedCodes.has(text.charCodeAt(at + 1))) {
      throw notCanonical('an escape that Nix does not write', offset + at);
    }
    at = text.indexOf('\\', at + 2);
  }
  for (const [raw, name] of unescaped) {
    const position = text.indexOf(raw);
    if (position !== -1) throw notCanonical(`a ${name} that is not escaped`, offset + position);
  }
}

const unescaped = [
  ['\n', 'newline'],
  ['\r', 'carriage return'],
  ['\t', 'tab'],
  ['\0', 'NUL'],
] as const;

function notCanonical(fault: string, position: number): NixFormatError {
  return new NixFormatError('bad-aterm', `${fault} at byte ${position}`, { position });
}
