import { shortDuration, size } from '../show/quantities.ts';
import { estimate } from './estimate.ts';
import type { LiveState } from './live-state.ts';
import { lineWidth, type Screen, type Span, type StyledLine } from './styled-line.ts';

/** A piece of the row; where not all fit, those of the highest rank are left out. */
interface Part {
  readonly rank: number;
  readonly spans: StyledLine;
}

const barColumns = 16;

/** How far the whole run is, in one row. */
export function summaryRow(state: LiveState, screen: Screen, now: number): StyledLine {
  const parts = partsOf(state, screen, now);
  let left = screen.columns - 1;
  const kept = new Set<Part>();
  for (const part of parts.toSorted((a, b) => a.rank - b.rank)) {
    const width = lineWidth(part.spans) + (kept.size === 0 ? 0 : 2);
    if (width > left) continue;
    kept.add(part);
    left -= width;
  }
  const line = parts.filter((part) => kept.has(part)).flatMap(({ spans }) => [gap, ...spans]);
  return line.slice(1);
}

const gap: Span = { text: '  ' };

function partsOf(state: LiveState, screen: Screen, now: number): Part[] {
  const { counts, running, plan, copiedBytes } = state;
  const { symbols, columns } = screen;
  const total = plan?.steps.size ?? 0;
  const tell = (symbol: string, number: number, word: string): string =>
    columns < 60 ? `${symbol}${number}` : `${symbol} ${number} ${word}`;
  const parts: (Part | false)[] = [
    { rank: 8, spans: bar(counts.built, total, screen) },
    { rank: 1, spans: [{ text: `${counts.built}/${total}`, colour: 'green' }] },
    counts.failed > 0 && piece(2, tell(symbols.failed, counts.failed, 'failed'), 'red'),
    running.size > 0 && piece(3, tell(symbols.running, running.size, 'running'), 'blue'),
    counts.waiting > 0 && piece(5, waitingText(state, screen, tell)),
    counts.dropped > 0 && piece(6, `${counts.dropped} given up`, 'red'),
    copiedBytes > 0 && piece(7, `${symbols.copy} ${copiedText(state)}`, 'cyan'),
    piece(9, shortDuration(now - state.startedAt), 'gray'),
    remaining(state, screen, now),
  ];
  return parts.filter((one) => one !== false);
}

function piece(rank: number, text: string, colour?: Span['colour']): Part {
  return { rank, spans: [{ text, colour }] };
}

function bar(done: number, total: number, { symbols }: Screen): StyledLine {
  const full = total === 0 ? 0 : Math.floor((barColumns * done) / total);
  return [
    { text: symbols.full.repeat(full), colour: 'green' },
    { text: symbols.empty.repeat(barColumns - full), colour: 'gray' },
  ];
}

function waitingText(
  { counts }: LiveState,
  { symbols, columns }: Screen,
  tell: (symbol: string, number: number, word: string) => string,
): string {
  const text = tell(symbols.waiting, counts.waiting, 'waiting');
  return counts.ready > 0 && columns >= 90 ? `${text} (${counts.ready} for a builder)` : text;
}

function copiedText({ copies, copiedBytes }: LiveState): string {
  let rate = 0;
  for (const { speed } of copies.values()) rate += speed.bytesPerSecond;
  const total = size(copiedBytes);
  return rate > 0 ? `${total}, ${size(Math.round(rate))}/s` : total;
}

function remaining(state: LiveState, { columns }: Screen, now: number): Part | false {
  const left = estimate(state, now);
  // When builds take longer than the last time, the estimate is used up, and says nothing.
  if (left === undefined || left.milliseconds < 1000) return false;
  const time = shortDuration(left.milliseconds);
  if (columns < 60) return piece(4, `${left.isLeast ? '>' : '~'}${time}`);
  return piece(4, `${left.isLeast ? 'over' : 'about'} ${time} left`);
}
