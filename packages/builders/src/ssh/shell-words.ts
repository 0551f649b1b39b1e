import { BuildersError } from '../errors.ts';

/**
 * Splits a text into words as a shell would: at blanks, with `'…'`, `"…"` and `\`. Nothing is
 * expanded and no shell is run. It lets `NIX_SSHOPTS` hold an option with a blank in it. Throws
 * `bad-store-uri` for a quote that is not closed.
 */
export function splitShellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const piece = pieceAt(text, at);
    at += piece.length;
    if (piece.value !== undefined) {
      word = (word ?? '') + piece.value;
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** One quoted section, escape or character; `value` is undefined for a blank. */
interface Piece {
  readonly length: number;
  readonly value: string | undefined;
}

function pieceAt(text: string, at: number): Piece {
  const character = text.charAt(at);
  if (/\s/.test(character)) return { length: 1, value: undefined };
  if (character === "'") return singleQuoted(text, at);
  if (character === '"') return doubleQuoted(text, at);
  if (character !== '\\') return { length: 1, value: character };
  if (at + 1 === text.length) throw unclosed(text, 'ends with a backslash');
  return { length: 2, value: text.charAt(at + 1) };
}

function singleQuoted(text: string, at: number): Piece {
  const end = text.indexOf("'", at + 1);
  if (end === -1) throw unclosed(text, "has a ' that is not closed");
  return { length: end + 1 - at, value: text.slice(at + 1, end) };
}

function doubleQuoted(text: string, at: number): Piece {
  const quoted = /^"((?:[^"\\]|\\[^])*)"/.exec(text.slice(at));
  if (quoted === null) throw unclosed(text, 'has a " that is not closed');
  return { length: quoted[0].length, value: (quoted[1] ?? '').replaceAll(/\\(["\\$`])/g, '$1') };
}

function unclosed(text: string, what: string): BuildersError {
  return new BuildersError('bad-store-uri', `NIX_SSHOPTS ${what}: ${text}`);
}

/** Quotes one word, where needed, for the shell on the other side of an SSH connection. */
export function quoteForRemoteShell(word: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
