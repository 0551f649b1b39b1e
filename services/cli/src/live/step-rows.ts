import { shortMachineName } from '../show/machine-name.ts';
import { shortDuration } from '../show/quantities.ts';
import { oneLine } from '../show/terminal.ts';
import { widthOf } from '../show/text-width.ts';
import { pickBranches, type TreeRow, treeRows } from './branches.ts';
import type { LiveAttempt, LiveState, LiveStep } from './live-state.ts';
import {
  clipped,
  lineWidth,
  paddedLine,
  type Screen,
  type Span,
  type StyledLine,
} from './styled-line.ts';

/** A row before its cells are brought into columns. */
interface Cells {
  readonly name: StyledLine;
  /** Of what runs; undefined for what waits. */
  readonly details: Details | undefined;
  readonly note: StyledLine;
}

/** In the order in which they are left out where the room is too narrow, the last first. */
interface Details {
  readonly time: string;
  readonly machine: string;
  readonly phase: string;
}

const detailKinds = ['time', 'machine', 'phase'] as const;
const widest = { time: 16, machine: 24, phase: 22 };
/** Milliseconds for which a step runs before it is shown what waits for it. */
const settledMs = 1000;
/** Columns below which a line of a log says nothing. */
const leastNote = 8;

/** What runs, and what waits for it, in at most so many rows. */
export function stepRows(
  state: LiveState,
  room: number,
  screen: Screen,
  now: number,
): readonly StyledLine[] {
  const deepest = Math.floor(screen.columns / 8);
  const branches = pickBranches(state.running, room, deepest, now - settledMs);
  const rows = treeRows(branches, screen.symbols).map((row) => cellsOf(row, state, screen, now));
  return inColumns(rows, screen);
}

function cellsOf({ step, prefix }: TreeRow, state: LiveState, screen: Screen, now: number): Cells {
  const { symbols } = screen;
  const serial: Span[] =
    step.serial === undefined ? [] : [{ text: ` serial ${step.serial}`, colour: 'yellow' }];
  const { attempt } = step;
  if (attempt === undefined) {
    const start: Span[] = [{ text: `${prefix}${symbols.waiting} ${step.name}`, colour: 'gray' }];
    const note: Span[] =
      step.waitsFor > 1 ? [{ text: `waits for ${step.waitsFor}`, colour: 'gray' }] : [];
    return { name: [...start, ...serial], details: undefined, note };
  }
  const start: Span[] = [
    { text: prefix, colour: 'gray' },
    { text: `${symbols.running} `, colour: 'blue' },
    { text: step.name, colour: 'bold' },
  ];
  return {
    name: [...start, ...serial],
    details: detailsOf(step, attempt, state, now),
    note: attempt.line === undefined ? [] : [{ text: oneLine(attempt.line), colour: 'gray' }],
  };
}

function detailsOf(
  { expectedMs }: LiveStep,
  attempt: LiveAttempt,
  { slots }: LiveState,
  now: number,
): Details {
  const passed = shortDuration(now - attempt.startedAt);
  return {
    time: expectedMs === undefined ? passed : `${passed}/${shortDuration(expectedMs)}`,
    machine: slots.size > 1 ? oneLine(shortMachineName(attempt.builder)) : '',
    phase: phaseOf(attempt),
  };
}

function phaseOf({ copy, phase }: LiveAttempt): string {
  if (copy === undefined) return oneLine(phase ?? '');
  const { bytesDone, bytesTotal } = copy;
  return `inputs ${bytesTotal > 0 ? Math.floor((100 * bytesDone) / bytesTotal) : 100}%`;
}

function inColumns(rows: readonly Cells[], screen: Screen): StyledLine[] {
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

/** How wide names may be: on a narrow terminal all but what the time takes. */
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
