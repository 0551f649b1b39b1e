import type { Colour } from '../show/terminal.ts';
import { fitted, widthOf } from '../show/text-width.ts';

/** A piece of a line in one colour. */
export interface Span {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

/** One row of a terminal, before colours become control sequences. */
export type StyledLine = readonly Span[];

/** How much of the terminal there is, and what it can show. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly symbols: Symbols;
}

/** The signs that are drawn; no single character is wider than a column, or an emoji anywhere. */
export interface Symbols {
  readonly running: string;
  readonly waiting: string;
  readonly built: string;
  readonly failed: string;
  readonly copy: string;
  readonly to: string;
  readonly cut: string;
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
  readonly full: string;
  readonly empty: string;
}

export const unicodeSymbols: Symbols = {
  running: '▸',
  waiting: '◦',
  built: '✓',
  failed: '✗',
  copy: '↓',
  to: '→',
  cut: '…',
  branch: '├─',
  lastBranch: '└─',
  trunk: '│ ',
  full: '━',
  empty: '─',
};

/** For terminals that are not told to be in a UTF-8 locale. */
export const asciiSymbols: Symbols = {
  running: '>',
  waiting: '.',
  built: '+',
  failed: '!',
  copy: 'v',
  to: '>',
  cut: '~',
  branch: '|-',
  lastBranch: '`-',
  trunk: '| ',
  full: '#',
  empty: '-',
};

/** Columns that a line takes. */
export function lineWidth(line: StyledLine): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The line cut off where the room for it ends. */
export function clipped(line: StyledLine, columns: number, { cut }: Symbols): StyledLine {
  let left = columns;
  const kept: Span[] = [];
  for (const { text, colour } of line) {
    const part = fitted(text, left, cut);
    if (part !== '') kept.push({ text: part, colour });
    if (part !== text) break;
    left -= widthOf(part);
  }
  return kept;
}

/** The line with spaces after it, up to so many columns. */
export function paddedLine(line: StyledLine, columns: number): StyledLine {
  const missing = columns - lineWidth(line);
  return missing > 0 ? [...line, { text: ' '.repeat(missing) }] : line;
}
