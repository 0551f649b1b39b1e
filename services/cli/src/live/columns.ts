import { widthOf } from '../show/text-width.ts';
import { clipped, lineWidth, paddedLine, type Screen, type StyledLine } from './styled-line.ts';

/** A row before its cells are aligned in columns. */
export interface Cells {
  readonly name: StyledLine;
  /** Undefined for a step that waits. */
  readonly details: Details | undefined;
  readonly note: StyledLine;
}

/** In the order in which they are left out where the room is too narrow, the last first. */
export interface Details {
  readonly time: string;
  readonly machine: string;
  readonly phase: string;
}

const detailKinds = ['time', 'machine', 'phase'] as const;
const widest = { time: 16, machine: 24, phase: 22 };
/** Columns below which a note, such as a line of a log, is not worth showing. */
const leastNote = 8;

/** The rows with their cells aligned in columns. */
export function inColumns(rows: readonly Cells[], screen: Screen): StyledLine[] {
  const columns = screen.columns - 1;
  const shown: { kind: (typeof detailKinds)[number]; width: number }[] = [];
  const names = rows.filter(({ details }) => details !== undefined).map(({ name }) => name);
  const name = Math.min(Math.max(0, ...names.map(lineWidth)), nameRoom(columns));
  let left = columns - name;
  for (const kind of detailKinds) {
    const needed = Math.max(0, ...rows.map(({ details }) => widthOf(details?.[kind] ?? '')));
    const width = Math.min(needed, widest[kind]);
    if (width === 0 || left < width + 2) continue;
    shown.push({ kind, width });
    left -= width + 2;
  }
  return rows.map((row) => {
    if (row.details === undefined) return withNote(row.name, row.note, columns, screen);
    const line = [...paddedLine(clipped(row.name, name, screen.symbols), name)];
    for (const { kind, width } of shown) {
      const cell = clipped([{ text: row.details[kind] }], width, screen.symbols);
      line.push({ text: '  ' }, ...paddedLine(cell, width));
    }
    return withNote(line, row.note, columns, screen);
  });
}

/** How wide names may be: 40 % of the columns; on a narrow terminal all but what the time takes. */
function nameRoom(columns: number): number {
  return Math.max(columns - 9, 1) < 40 ? Math.max(columns - 9, 1) : Math.floor(columns * 0.4);
}

function withNote(
  line: StyledLine,
  note: StyledLine,
  columns: number,
  { symbols }: Screen,
): StyledLine {
  const left = columns - lineWidth(line) - 2;
  if (left < leastNote || note.length === 0) return clipped(line, columns, symbols);
  return [...line, { text: '  ' }, ...clipped(note, left, symbols)];
}
