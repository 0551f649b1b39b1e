import { groupTitle } from '../show/group-title.ts';
import { shortMachineName } from '../show/machine-name.ts';
import { count, shortDuration, some } from '../show/quantities.ts';
import { oneLine } from '../show/terminal.ts';
import type { Cells } from './columns.ts';
import { isForming } from './groups.ts';
import type { GroupStage, LiveGroup, LiveMember } from './live-state.ts';
import { type Moment, stepCells } from './step-cells.ts';
import type { Span, Symbols } from './styled-line.ts';

/**
 * The groups that have their places, or wait for nothing else, in at most `room` rows: each as a block with
 * its members, or in one row while it has no machines or where there are too many.
 */
export function groupCells(moment: Moment, room: number): readonly Cells[] {
  const groups = shownGroups(moment);
  const cells: Cells[] = [];
  groups.forEach((group, index) => {
    const left = room - cells.length;
    const after = groups.length - index - 1;
    const isWhole = group.stage !== 'waiting' && group.members.length + 1 + after <= left;
    if (isWhole) cells.push(...blockOf(group, moment));
    else if (left > 1 || (left === 1 && after === 0)) cells.push(headOf(group, moment, true));
    else if (left === 1) cells.push(restOf(after + 1, moment));
  });
  return cells;
}

/** The groups to show, those that got furthest first. */
function shownGroups({ state }: Moment): readonly LiveGroup[] {
  const all = [...state.groups.values()].filter(
    (group) => group.stage !== 'waiting' || isForming(group),
  );
  return all.toSorted((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage));
}

const order: readonly GroupStage[] = ['committing', 'stopping', 'running', 'staging', 'waiting'];

function blockOf(group: LiveGroup, moment: Moment): Cells[] {
  const { symbols } = moment.screen;
  const last = group.members.length - 1;
  const members = group.members.map((member, index) => {
    const prefix = index === last ? symbols.lastBranch : symbols.branch;
    const hasFailed = group.cause?.member === member.name;
    return stepCells(member.step, { prefix, name: oneLine(member.name), hasFailed }, moment);
  });
  return [headOf(group, moment, false), ...members];
}

/** The row of the group itself; without rows of its members, it tells where they are. */
function headOf(group: LiveGroup, { state, screen, now }: Moment, isAlone: boolean): Cells {
  const { symbols } = screen;
  const isPlaced = group.stage !== 'waiting';
  const title: Span = { text: `group ${groupTitle(group)}`, colour: isPlaced ? 'bold' : 'gray' };
  const time = isPlaced ? shortDuration(now - group.since) : '';
  return {
    name: [markOf(group, symbols), title],
    details: { time, machine: '', phase: isPlaced ? group.stage : 'forming' },
    note: noteOf(group, isAlone, state.slots.size, symbols),
  };
}

function markOf({ stage }: LiveGroup, symbols: Symbols): Span {
  if (stage === 'waiting') return { text: `${symbols.waiting} `, colour: 'gray' };
  if (stage === 'stopping') return { text: `${symbols.failed} `, colour: 'red' };
  return { text: `${symbols.running} `, colour: 'blue' };
}

function noteOf(
  { stage, members, cause }: LiveGroup,
  isAlone: boolean,
  machines: number,
  { to }: Symbols,
): Span[] {
  if (stage === 'waiting') {
    const names = oneLine(some(members.map(({ name }) => name)));
    const text = `waits for ${count(members.length, 'place')}: ${names}`;
    return [{ text, colour: 'gray' }];
  }
  if (cause !== undefined) return [{ text: cause.text, colour: 'red' }];
  if (!isAlone) return [];
  const placeOf = ({ name, builder }: LiveMember): string =>
    builder === undefined || machines < 2
      ? oneLine(name)
      : oneLine(`${name} ${to} ${shortMachineName(builder)}`);
  return [{ text: some(members.map(placeOf)), colour: 'gray' }];
}

function restOf(number: number, { screen }: Moment): Cells {
  const text = `${screen.symbols.waiting} ${count(number, 'more group')}`;
  return { name: [{ text, colour: 'gray' }], details: undefined, note: [] };
}
