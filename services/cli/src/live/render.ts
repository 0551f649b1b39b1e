import { shortDuration } from '../show/quantities.ts';
import { copyRows } from './copy-rows.ts';
import type { LiveState } from './live-state.ts';
import { stepRows } from './step-rows.ts';
import { clipped, type Screen, type StyledLine } from './styled-line.ts';
import { summaryRow } from './summary-row.ts';

/** Builders answer sooner than this, mostly. */
const patienceMs = 1000;

/**
 * What a terminal shows of a run at a moment: at most one row less than it has, each at least one
 * column narrower than it is, without control characters. Costs as much as what is shown.
 */
export function render(state: LiveState, screen: Screen, now: number): readonly StyledLine[] {
  const height = blockHeight(screen.rows);
  if (height < 1 || screen.columns < 2) return [];
  const fit = (line: StyledLine): StyledLine => clipped(line, screen.columns - 1, screen.symbols);
  if (state.plan === undefined) {
    return now - state.startedAt < patienceMs ? [] : [fit([preparing(state, now)])];
  }
  if (state.plan.steps.size === 0 && state.copies.size === 0) return [];
  const copies = copyRows(state, Math.floor((height - 1) / 3), screen, now);
  const steps = stepRows(state, height - 1 - copies.length, screen, now);
  return [...steps, ...copies, summaryRow(state, screen, now)].map(fit);
}

/** Rows that may be taken: on a small terminal nearly all, on others so that lines above stay in sight. */
function blockHeight(rows: number): number {
  return rows <= 10 ? rows - 1 : Math.max(9, Math.floor(rows * 0.6));
}

function preparing({ startedAt, slots }: LiveState, now: number): StyledLine[number] {
  const ready = slots.size === 0 ? '' : `, ${slots.size} of the builders ready`;
  return { text: `preparing for ${shortDuration(now - startedAt)}${ready}`, colour: 'gray' };
}
