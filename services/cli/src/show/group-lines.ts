import type { GroupLogLine } from '@dispatch/engine/groups/group-log-line';
import type { Colour, Terminal } from './terminal.ts';
import { harmless, oneLine } from './terminal.ts';
import { fitted, padded } from './text-width.ts';

const widestName = 20;
const colours: readonly Colour[] = ['cyan', 'yellow', 'green', 'blue'];
const signs: Readonly<Record<GroupLogLine['type'], string>> = { line: '>', call: '=', note: '*' };

/**
 * Writes lines of several members below each other: seconds since `startedAt` (Unix milliseconds), the
 * member, and `>` for what its build printed, `=` for what it asked of the others, `*` for what concerns
 * all.
 */
export class GroupLines {
  readonly #startedAt: number;
  readonly #members: readonly string[];
  readonly #width: number;
  readonly #terminal: Pick<Terminal, 'paint'>;

  constructor(members: readonly string[], startedAt: number, terminal: Pick<Terminal, 'paint'>) {
    this.#startedAt = startedAt;
    this.#members = members;
    this.#width = Math.max(0, ...members.map((name) => fitted(oneLine(name), widestName).length));
    this.#terminal = terminal;
  }

  /** A line as text, fit for a terminal. */
  text({ atMs, member, type, text }: GroupLogLine): string {
    const time = ((atMs - this.#startedAt) / 1000).toFixed(3).padStart(9);
    const name = padded(fitted(oneLine(member ?? ''), widestName), this.#width);
    const index = this.#members.indexOf(member ?? '');
    const colour = member === undefined ? 'bold' : (colours[index % colours.length] ?? 'gray');
    const who = this.#terminal.paint(colour, `${name} ${signs[type]}`);
    return `${time} ${who} ${harmless(text)}`.trimEnd();
  }
}
