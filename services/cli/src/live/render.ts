import { shortMachineName } from '../show/machine-name.ts';
import { shortDuration, some } from '../show/quantities.ts';
import { oneLine } from '../show/terminal.ts';
import { copyRows } from './copy-rows.ts';
import type { LiveState } from './live-state.ts';
import { stepRows } from './step-rows.ts';
import { clipped, type Screen, type Span, type StyledLine } from './styled-line.ts';
import { summaryRow } from './summary-row.ts';

/** Nothing is shown this early: builders mostly answer sooner. */
const patienceMs = 1000;
/** Rows below which there is no room for troubles. */
const roomForTroubles = 6;

/**
 * What a terminal shows of a run at a moment: at most one row less than it has, each at least one
 * column narrower than it is, without control characters. The cost grows with what is shown.
 */
export function render(state: LiveState, screen: Screen, now: number): readonly StyledLine[] {
  const height = blockHeight(screen.rows);
  if (height < 1 || screen.columns < 2) return [];
  const fit = (line: StyledLine): StyledLine => clipped(line, screen.columns - 1, screen.symbols);
  if (state.plan === undefined) {
    return now - state.startedAt < patienceMs ? [] : [fit([preparing(state, now)])];
  }
  if (state.plan.steps.size === 0 && state.copies.size === 0) return [];
  const troubles = height < roomForTroubles ? [] : troubleRows(state, screen, now);
  const room = height - 1 - troubles.length;
  const copies = copyRows(state, Math.floor(room / 3), screen, now);
  const steps = stepRows({ state, screen, now }, room - copies.length);
  return [...steps, ...copies, ...troubles, summaryRow(state, screen, now)].map(fit);
}

/** Rows that may be taken: on a small terminal nearly all, on others so that lines above stay in sight. */
function blockHeight(rows: number): number {
  return rows <= 10 ? rows - 1 : Math.max(9, Math.floor(rows * 0.6));
}

/** What was told in lines that go out of sight while the build goes on: what failed, and that the hub is away. */
function troubleRows(
  { failed, hubAwaySince }: LiveState,
  { symbols }: Screen,
  now: number,
): readonly StyledLine[] {
  const names = some(failed.map(({ name }) => name));
  const rows: Span[] = [];
  if (failed.length > 0) rows.push({ text: `${symbols.failed} ${names}`, colour: 'red' });
  if (hubAwaySince !== undefined) {
    const time = shortDuration(now - hubAwaySince);
    rows.push({ text: `waiting for the store of results for ${time}`, colour: 'yellow' });
  }
  return rows.map((span) => [span]);
}

function preparing({ startedAt, called }: LiveState, now: number): Span {
  const machines = [...called].map((uri) => oneLine(shortMachineName(uri)));
  const missing = machines.length === 0 ? '' : `, waiting for ${some(machines)}`;
  return { text: `preparing for ${shortDuration(now - startedAt)}${missing}`, colour: 'gray' };
}
