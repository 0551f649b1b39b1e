import type { ByteString } from '../byte-string.ts';

/**
 * What the next item of a NAR is. Every item is a length, that many bytes, and zeros up to a
 * multiple of 8; the grammar says which items may follow one another.
 */
export type NarPlace =
  | 'magic'
  | 'node'
  | 'type-key'
  | 'type'
  | 'file-field'
  | 'executable-mark'
  | 'contents-key'
  | 'contents'
  | 'target-key'
  | 'target'
  | 'entry-or-end'
  | 'entry'
  | 'name-key'
  | 'name'
  | 'node-key'
  | 'node-end'
  | 'entry-end'
  | 'end';

/** The words allowed at each place, and what follows each; the other places hold free bytes. */
const words: Readonly<Partial<Record<NarPlace, ReadonlyMap<ByteString, NarPlace>>>> = {
  magic: new Map([['nix-archive-1', 'node']]),
  node: new Map([['(', 'type-key']]),
  'type-key': new Map([['type', 'type']]),
  type: new Map([
    ['regular', 'file-field'],
    ['symlink', 'target-key'],
    ['directory', 'entry-or-end'],
  ]),
  'file-field': new Map([
    ['contents', 'contents'],
    ['executable', 'executable-mark'],
  ]),
  'executable-mark': new Map([['', 'contents-key']]),
  'contents-key': new Map([['contents', 'contents']]),
  'target-key': new Map([['target', 'target']]),
  'entry-or-end': new Map([
    ['entry', 'entry'],
    [')', 'end'],
  ]),
  entry: new Map([['(', 'name-key']]),
  'name-key': new Map([['name', 'name']]),
  'node-key': new Map([['node', 'node']]),
  'node-end': new Map([[')', 'end']]),
  'entry-end': new Map([[')', 'entry-or-end']]),
};

/** A word as it stands in a NAR: its length, its bytes, and zeros up to a multiple of 8. */
interface EncodedWord {
  readonly word: ByteString;
  readonly bytes: Uint8Array;
}

const encodedWords: ReadonlyMap<NarPlace, readonly EncodedWord[]> = new Map(
  Object.entries(words).map(([place, allowed]) => [
    place as NarPlace,
    [...allowed.keys()].map((word) => ({ word, bytes: encoded(word) })),
  ]),
);

function encoded(word: ByteString): Uint8Array {
  const bytes = new Uint8Array(8 + Math.ceil(word.length / 8) * 8);
  bytes[0] = word.length;
  for (let at = 0; at < word.length; at += 1) bytes[8 + at] = word.charCodeAt(at);
  return bytes;
}

/**
 * The allowed word that stands complete in `chunk` at `at`. Undefined for anything else: a word
 * that the chunk cuts off, an item of free bytes, or one that is wrong.
 */
export function wholeWordAt(
  place: NarPlace,
  chunk: Uint8Array,
  at: number,
): EncodedWord | undefined {
  const allowed = encodedWords.get(place);
  if (allowed === undefined) return undefined;
  for (const one of allowed) if (isAt(one.bytes, chunk, at)) return one;
  return undefined;
}

function isAt(bytes: Uint8Array, chunk: Uint8Array, from: number): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== chunk[from + at]) return false;
  return true;
}

/** Longest name of a directory entry, in bytes, as in Nix. */
const maximumNameLength = 255;
/** Longest target of a symbolic link, in bytes, as in Nix. */
const maximumTargetLength = 4095;
/** Words have 13 bytes at most; a little more lets a message show what stands there instead. */
const maximumWordLength = 32;

/** Most bytes that an item may have, file contents aside. */
export function longestItem(place: NarPlace): number {
  if (place === 'name') return maximumNameLength;
  return place === 'target' ? maximumTargetLength : maximumWordLength;
}

/** The place after `word`, or undefined when that word is not allowed here. */
export function placeAfter(place: NarPlace, word: ByteString): NarPlace | undefined {
  return words[place]?.get(word);
}

/** What is allowed at a place, for messages. */
export function expectedAt(place: NarPlace): string {
  const allowed = [...(words[place]?.keys() ?? [])];
  return allowed.length === 0 ? `a ${place}` : allowed.map((word) => `'${word}'`).join(' or ');
}

/** Why a directory entry cannot follow the one before it in the same directory, or undefined. */
export function nameFault(name: ByteString, before: ByteString): string | undefined {
  if (name === '') return 'a name is empty';
  if (name === '.' || name === '..') return `a name is '${name}'`;
  if (/[/\0]/.test(name)) return "a name contains '/' or NUL";
  if (name === before) return 'a name occurs twice in a directory';
  return name < before ? 'the names of a directory are not sorted' : undefined;
}

/** Why no symbolic link can point there, or undefined. */
export function targetFault(target: ByteString): string | undefined {
  if (target === '') return 'a symbolic link has an empty target';
  return target.includes('\0') ? 'the target of a symbolic link contains NUL' : undefined;
}
