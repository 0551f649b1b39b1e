import { shortMachineName } from '../show/machine-name.ts';
import { shortDuration } from '../show/quantities.ts';
import { oneLine } from '../show/terminal.ts';
import type { Cells, Details } from './columns.ts';
import type { LiveAttempt, LiveState, LiveStep } from './live-state.ts';
import type { Screen, Span } from './styled-line.ts';

/** What a frame is drawn from. */
export interface Moment {
  readonly state: LiveState;
  readonly screen: Screen;
  /** Unix milliseconds. */
  readonly now: number;
}

/** The name of a step in its row, and what is drawn before it. */
export interface Label {
  readonly prefix: string;
  readonly name: string;
  /** It is the cause of its group's failure, and still on its machine. */
  readonly hasFailed?: boolean;
}

/** The cells of a step, which is on a machine or waits. */
export function stepCells(step: LiveStep, label: Label, moment: Moment): Cells {
  const { attempt } = step;
  if (attempt === undefined) return waitingCells(step, label, moment.screen);
  const { prefix, name, hasFailed = false } = label;
  const { failed, running } = moment.screen.symbols;
  const start: Span[] = [
    { text: prefix, colour: 'gray' },
    hasFailed ? { text: `${failed} `, colour: 'red' } : { text: `${running} `, colour: 'blue' },
    { text: name, colour: 'bold' },
  ];
  return {
    name: [...start, ...serialText(step)],
    details: detailsOf(step, attempt, moment),
    note: attempt.line === undefined ? [] : [{ text: oneLine(attempt.line), colour: 'gray' }],
  };
}

function waitingCells(step: LiveStep, { prefix, name }: Label, { symbols }: Screen): Cells {
  const { waitsFor } = step;
  const start: Span = { text: `${prefix}${symbols.waiting} ${name}`, colour: 'gray' };
  const note: Span[] = waitsFor > 1 ? [{ text: `waits for ${waitsFor}`, colour: 'gray' }] : [];
  return { name: [start, ...serialText(step)], details: undefined, note };
}

function serialText({ serial }: LiveStep): Span[] {
  return serial === undefined ? [] : [{ text: ` serial ${serial}`, colour: 'yellow' }];
}

function detailsOf(
  { expectedMs, group }: LiveStep,
  attempt: LiveAttempt,
  { state, now }: Moment,
): Details {
  const isTimed = expectedMs !== undefined && attempt.copy === undefined;
  // Members begin together, when the inputs of all are there.
  const passed = shortDuration(now - Math.max(attempt.startedAt, group?.since ?? 0));
  return {
    time: isTimed ? `${passed}/${shortDuration(expectedMs)}` : passed,
    machine: state.slots.size > 1 ? oneLine(shortMachineName(attempt.builder)) : '',
    phase: phaseOf(attempt),
  };
}

function phaseOf({ copy, phase }: LiveAttempt): string {
  if (copy === undefined) return oneLine(phase ?? '');
  const { bytesDone, bytesTotal } = copy;
  return `inputs ${bytesTotal > 0 ? Math.floor((100 * bytesDone) / bytesTotal) : 100}%`;
}
