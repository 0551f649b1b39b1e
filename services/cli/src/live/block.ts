import { paintedBy, type Terminal } from '../show/terminal.ts';
import { lineWidth, type StyledLine } from './styled-line.ts';
import type { Tty } from './tty.ts';

const escape = '\u001b[';
const beginUpdate = `${escape}?2026h${escape}?25l`;
const endUpdate = `${escape}?25h${escape}?2026l`;
const clearBelow = `${escape}J`;
const clearRest = `${escape}K`;
/**
 * From the first row of the block on. Told to clear all from its first row, a terminal may keep what
 * was there in its scroll-back; so we begin in the row below.
 */
const clearFromHere = `${clearRest}${escape}B${clearBelow}${escape}A`;
const wrapOff = `${escape}?7l`;
const wrapOn = `${escape}?7h`;

/**
 * Some rows at the end of a terminal's scroll-back that are drawn again and again, while other lines
 * go above them. Each frame is one write, leaves the cursor in the row after the block, and no mode
 * of the terminal changed; so whenever the process is killed, the terminal is as usable as before.
 */
export class Block {
  readonly #tty: Tty;
  readonly #paint: Terminal['paint'];
  readonly #reflows: boolean;
  /** Columns of each row that is drawn now. */
  #widths: readonly number[] = [];
  /** How the block was drawn, to leave it alone when it would be the same. */
  #drawn = '';
  #columns: number;

  constructor(tty: Tty, environment: NodeJS.ProcessEnv) {
    this.#tty = tty;
    this.#paint = paintedBy(environment);
    this.#reflows = reflows(environment);
    this.#columns = tty.columns;
  }

  /** Puts `above`, whole lines fit for a terminal, before the block, and draws it as `lines`. */
  draw(above: readonly string[], lines: readonly StyledLine[]): void {
    const rows = lines.map((line) => this.#painted(line));
    const drawn = rows.map((row) => `${row}${clearRest}\r\n`).join('');
    const isResized = this.#columns !== this.#tty.columns;
    if (above.length === 0 && drawn === this.#drawn && !isResized) return;
    const before = above.map((line) => `${line}\r\n`).join('');
    // Lines above may wrap, for which rows must be empty; otherwise rows are overwritten in place.
    const isCleared = above.length > 0 || isResized || drawn === '';
    const block = drawn === '' ? '' : `${wrapOff}${drawn}${clearBelow}${wrapOn}`;
    this.#tty.write(beginUpdate + this.#toFirstRow(isCleared) + before + block + endUpdate);
    this.#widths = lines.map(lineWidth);
    this.#drawn = drawn;
    this.#columns = this.#tty.columns;
  }

  #painted(line: StyledLine): string {
    return line
      .map(({ text, colour }) => (colour === undefined ? text : this.#paint(colour, text)))
      .join('');
  }

  /** Moves the cursor up to the first row of the block, which may have been wrapped since. */
  #toFirstRow(isCleared: boolean): string {
    const { columns } = this.#tty;
    const rowsOf = (width: number): number =>
      this.#reflows ? Math.max(1, Math.ceil(width / columns)) : 1;
    const rows = this.#widths.reduce((sum, width) => sum + rowsOf(width), 0);
    if (rows === 0) return '\r';
    return `\r${escape}${rows}A${isCleared ? clearFromHere : ''}`;
  }
}

/** Whether a terminal that becomes narrower wraps what it shows, as nearly all do. */
function reflows({ XTERM_VERSION, TMUX, STY, TERM }: NodeJS.ProcessEnv): boolean {
  if (TMUX !== undefined) return true;
  return XTERM_VERSION === undefined && STY === undefined && TERM !== 'linux';
}
