import { pathName } from '@dispatch/nix/store-path';
import { shortMachineName } from '../show/machine-name.ts';
import { size } from '../show/quantities.ts';
import { oneLine } from '../show/terminal.ts';
import type { LiveCopy, LiveState } from './live-state.ts';
import type { Screen, StyledLine } from './styled-line.ts';

/** Copies are shown after this time: shorter ones would only flicker. */
const shownAfterMs = 500;
/** How many copies are looked at to find long ones. */
const lookedAt = 200;

/** The copies that take long, in at most `room` rows, the oldest first. */
export function copyRows(
  { copies }: LiveState,
  room: number,
  screen: Screen,
  now: number,
): readonly StyledLine[] {
  const rows: StyledLine[] = [];
  let looked = 0;
  for (const copy of copies.values()) {
    looked += 1;
    if (rows.length >= room || looked > lookedAt) break;
    if (now - copy.startedAt >= shownAfterMs) rows.push(copyRow(copy, screen));
  }
  return rows;
}

function copyRow(copy: LiveCopy, { symbols, columns }: Screen): StyledLine {
  const { bytesDone, bytesTotal, speed, pathsDone, pathsTotal } = copy;
  const more = pathsTotal - pathsDone - 1;
  const what = `${pathName(copy.path)}${more > 0 ? ` and ${more} more` : ''}`;
  const machines = [copy.from, copy.to].map((uri) => oneLine(shortMachineName(uri)));
  const amount = `${size(bytesDone)} of ${size(bytesTotal)}`;
  const rate = `${size(Math.round(speed.bytesPerSecond))}/s`;
  const way = machines.join(` ${symbols.to} `);
  const parts = columns < 60 ? [rate, what] : [amount, rate, way, what];
  return [{ text: `${symbols.copy} `, colour: 'cyan' }, { text: parts.join('  ') }];
}
