import { BuildersError } from './errors.ts';

/** A position in a text; line and character count from 1. */
export interface TextPlace {
  readonly source: string;
  readonly line: number;
  readonly character: number;
}

/** One entry of a machines file: its text, its columns and its position. */
export interface MachineEntry extends TextPlace {
  readonly text: string;
  readonly columns: readonly { readonly text: string; readonly character: number }[];
}

/** The origin of a text, and how to read the files that it includes. */
export interface EntrySource {
  /** For messages: a file, or the option or setting that held the text. */
  readonly source: string;
  /** The text of an included file; undefined when there is no such file, which is no error. */
  readonly readFile: (path: string) => string | undefined;
}

const maximumIncludeDepth = 16;

/** The entries of a text, with each `@file` replaced by the entries of that file. */
export function machineEntries(text: string, options: EntrySource): MachineEntry[] {
  return entriesOf(text, options, []);
}

function entriesOf(
  text: string,
  options: EntrySource,
  includedFrom: readonly string[],
): MachineEntry[] {
  return text
    .split('\n')
    .flatMap((line, index) => [...lineEntries(line, options.source, index + 1)])
    .flatMap((entry) =>
      entry.text.startsWith('@') ? included(entry, options, includedFrom) : [entry],
    );
}

/** A comment extends to the end of its line, even across a `;`. */
function* lineEntries(line: string, source: string, number: number): Generator<MachineEntry> {
  const [meant = ''] = line.split('#', 1);
  for (const part of meant.matchAll(/[^;]+/g)) {
    const columns = [...part[0].matchAll(/[^ \t\r]+/g)].map((word) => ({
      text: word[0],
      character: part.index + word.index + 1,
    }));
    const [first] = columns;
    if (first === undefined) continue;
    const text = part[0].replace(/^[ \t\r]+|[ \t\r]+$/g, '');
    yield { source, line: number, character: first.character, text, columns };
  }
}

function included(
  entry: MachineEntry,
  options: EntrySource,
  includedFrom: readonly string[],
): MachineEntry[] {
  const path = entry.text.slice(1).trim();
  if (path === '') throw placedError(entry, 'after @ must come the path of a machines file');
  if (includedFrom.includes(path)) throw placedError(entry, `'@${path}' includes itself`);
  if (includedFrom.length >= maximumIncludeDepth) {
    throw placedError(entry, `'@${path}' is nested more than ${maximumIncludeDepth} files deep`);
  }
  const text = options.readFile(path);
  if (text === undefined) return [];
  return entriesOf(text, { ...options, source: path }, [...includedFrom, path]);
}

/** The error for a fault in a machines file, with its position as compilers write it. */
export function placedError(place: TextPlace, what: string, cause?: unknown): BuildersError {
  const { source, line, character } = place;
  return new BuildersError('bad-machine', `${source}:${line}:${character}: ${what}`, { cause });
}
