import { existsSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { linesOf } from '@dispatch/engine/execute/lines-of';
import { type GroupLogLine, parseGroupLogText } from '@dispatch/engine/groups/group-log-line';
import type { RecordedAttempt } from '@dispatch/ledger/group-attempt';
import { CommandError } from '../errors.ts';
import { GroupLines } from '../show/group-lines.ts';
import { shortId } from '../show/group-title.ts';
import { some } from '../show/quantities.ts';
import { printJson, writeOut } from '../show/standard-output.ts';
import { paintedBy, type Terminal } from '../show/terminal.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { attemptJson } from './attempt-json.ts';
import { findAttempts } from './find-attempts.ts';

interface LogFlags extends LedgerOptions {
  readonly member?: readonly string[];
  readonly json?: boolean;
}

/**
 * `dispatch group log`: what the members of an attempt printed and asked of each other, on one clock.
 * Throws `no-group`, and `no-log` where it is gone.
 */
export async function groupLog(text: string, flags: LogFlags): Promise<void> {
  const [attempt] = await findAttempts(text, 1, flags);
  if (attempt === undefined) return;
  const file = keptFile(attempt);
  const wanted = wantedMembers(attempt, flags.member);
  if (flags.json) return printJson({ attempts: [attemptJson(attempt)] });
  await writeOut(Readable.from(shownLines(attempt, file, wanted)));
}

function keptFile({ logFile, ...attempt }: RecordedAttempt): string {
  if (logFile !== undefined && existsSync(logFile)) return logFile;
  const why =
    logFile === undefined
      ? 'it could not be written'
      : 'it was removed, since only those of the newest runs are kept';
  throw new CommandError('no-log', `no log of attempt ${shortId(attempt)}: ${why}`);
}

/** The members whose lines are shown beside those that concern all; undefined for all. Throws `bad-argument`. */
function wantedMembers(
  { members }: RecordedAttempt,
  asked: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  if (asked === undefined) return undefined;
  const names = members.map(({ name }) => name);
  const stranger = asked.find((name) => !names.includes(name));
  if (stranger === undefined) return new Set(asked);
  throw new CommandError('bad-argument', `it has no member '${stranger}': it has ${some(names)}`);
}

async function* shownLines(
  { members, startedAt }: RecordedAttempt,
  file: string,
  wanted: ReadonlySet<string> | undefined,
): AsyncGenerator<string> {
  const terminal: Pick<Terminal, 'paint'> = {
    paint: process.stdout.isTTY ? paintedBy(process.env) : (_, text) => text,
  };
  const names = members.map(({ name }) => name);
  const lines = new GroupLines(names, startedAt, terminal);
  for await (const line of readLines(file)) {
    const isWanted = line.member === undefined || (wanted?.has(line.member) ?? true);
    if (isWanted) yield `${lines.text(line)}\n`;
  }
}

/** The lines of a log; one of another form, which says that lines are missing there, becomes a note. */
async function* readLines(file: string): AsyncGenerator<GroupLogLine> {
  let atMs = 0;
  for await (const text of linesOf(file, statSync(file).size)) {
    const line = parseGroupLogText(text) ?? { atMs, member: undefined, type: 'note', text };
    atMs = line.atMs;
    yield line;
  }
}
