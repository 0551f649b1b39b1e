import { pickBranches, treeRows } from './branches.ts';
import { inColumns } from './columns.ts';
import { groupCells } from './group-rows.ts';
import { type Moment, stepCells } from './step-cells.ts';
import type { StyledLine } from './styled-line.ts';

/** Milliseconds that a step must have run before its dependants are shown. */
const settledMs = 1000;

/** Groups, then the other steps that run and what waits for them, in at most `room` rows. */
export function stepRows(moment: Moment, room: number): readonly StyledLine[] {
  const { state, screen, now } = moment;
  const alone = [...state.running].filter(({ group }) => group === undefined);
  const groups = groupCells(moment, roomForGroups(room, alone.length));
  const deepest = Math.floor(screen.columns / 8);
  const branches = pickBranches(alone, room - groups.length, deepest, now - settledMs);
  const tree = treeRows(branches, screen.symbols).map(({ step, prefix }) =>
    stepCells(step, { prefix, name: step.name }, moment),
  );
  return inColumns([...groups, ...tree], screen);
}

/** The rows that other running steps leave to groups, but at least two thirds. */
function roomForGroups(room: number, others: number): number {
  return Math.max(room - others, Math.floor((room * 2) / 3));
}
