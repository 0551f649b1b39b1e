import { type ByteString, byteStringOfText, displayText } from '@dispatch/nix/byte-string';
import { type LogLimits, StepLog } from '../execute/step-log.ts';
import { type GroupLogLine, groupLogText } from './group-log-line.ts';

/** Lines of each member that are shown when a group failed; the rest is in the file. */
const shownLines = 15;
/** Bytes shown of each of these lines. */
const shownLineLength = 1000;

interface NumberedLine {
  readonly line: GroupLogLine;
  readonly number: number;
}

/**
 * The log of one attempt of a group: the lines and calls of all its members on one clock, in a
 * file, and the last of each member in memory. It is bounded as a step's log is, and a disk that
 * fails costs only the log.
 */
export class GroupLog {
  readonly #log: StepLog;
  readonly #last = new Map<string | undefined, NumberedLine[]>();
  /** Lines so far; orders those of the same millisecond. */
  #count = 0;

  constructor(file: string, onFault: (reason: string) => void, limits?: LogLimits) {
    this.#log = new StepLog(file, onFault, limits);
  }

  /** A line of a member's build log, in the bytes of the builder. `atMs` is in Unix milliseconds, here as below. */
  line(member: string, line: ByteString, atMs: number): void {
    this.#add('line', member, line, atMs);
  }

  /** What a member asked, or was answered. */
  call(member: string, text: string, atMs: number): void {
    this.#add('call', member, byteStringOfText(text), atMs);
  }

  /** What befell the group as a whole. */
  note(text: string, atMs: number): void {
    this.#add('note', undefined, byteStringOfText(text), atMs);
  }

  /** The last lines of every member, in the order in which they came: what is shown of a failure. */
  get lastLines(): readonly GroupLogLine[] {
    const all = [...this.#last.values()].flat();
    return all
      .toSorted((a, b) => a.line.atMs - b.line.atMs || a.number - b.number)
      .map(({ line }) => line);
  }

  /** Where it is; undefined when nothing was said, or it could not be written. */
  get keptFile(): string | undefined {
    return this.#log.keptFile;
  }

  /** Everything that was added is in the file when this resolves. */
  close(): Promise<void> {
    return this.#log.close();
  }

  #add(
    type: GroupLogLine['type'],
    member: string | undefined,
    text: ByteString,
    atMs: number,
  ): void {
    this.#log.add(groupLogText(type, atMs, member, text));
    this.#count += 1;
    const last = this.#last.get(member) ?? [];
    this.#last.set(member, last);
    const shown = displayText(text.slice(0, shownLineLength));
    last.push({ line: { atMs, member, type, text: shown }, number: this.#count });
    if (last.length > shownLines) last.shift();
  }
}
