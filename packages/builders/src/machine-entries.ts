import { BuildersError } from './errors.ts';

/** Where in which text something stands; line and character count from 1. */
export interface TextPlace {
  readonly source: string;
  readonly line: number;
  readonly character: number;
}

/** One machine of a machines file, in its words, with where it stands. */
export interface MachineEntry extends TextPlace {
  readonly text: string;
  readonly columns: readonly { readonly text: string; readonly character: number }[];
}

/** Where a text is from, and how to get at those that it includes. */
export interface EntrySource {
  /** For messages: a file, or the option or setting that held the text. */
  readonly source: string;
  /** The text of an included file; undefined when there is none, which is no error. */
  readonly readFile: (path: string) => string | undefined;
}

const maximumIncludeDepth = 16;

/** The entries of a text, and in their places those of the files that it includes. */
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

/** A comment takes the rest of its line with it, also what comes after a `;` there. */
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

/** A fault in a machines file, with its place as compilers write it. */
export function placedError(place: TextPlace, what: string, cause?: unknown): BuildersError {
  const { source, line, character } = place;
  return new BuildersError('bad-machine', `${source}:${line}:${character}: ${what}`, { cause });
}
