import { type ByteString, byteStringOfText, displayText } from '@dispatch/nix/byte-string';

/**
 * Something that was said in an attempt of a group. All times are by the clock of the process that
 * heard it.
 */
export interface GroupLogLine {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Undefined for what concerns all members. */
  readonly member: string | undefined;
  /** A line of a member's build log, what it asked of the meeting place, or what befell the group. */
  readonly type: 'line' | 'call' | 'note';
  readonly text: string;
}

/**
 * A line as it is in the file, one of
 *
 *     1763775703123 > client what the build printed, in its own bytes
 *     1763775703131 = client what it called
 *     1763775703140 * what concerns all
 */
export function groupLogText(
  type: GroupLogLine['type'],
  atMs: number,
  member: string | undefined,
  text: ByteString,
): ByteString {
  const who = member === undefined ? '' : `${oneWord(member)} `;
  const sign = member === undefined ? signs.note : signs[type];
  return `${Math.round(atMs)} ${sign} ${who}${text.replaceAll('\n', ' ')}`;
}

/** Reads a line of the file; undefined for one that is not in this form. */
export function parseGroupLogText(line: ByteString): GroupLogLine | undefined {
  const [, time, sign = '', said = ''] = /^(\d{1,15}) ([>=*]) (.*)$/s.exec(line) ?? [];
  if (time === undefined) return undefined;
  const atMs = Number(time);
  if (sign === signs.note)
    return { atMs, member: undefined, type: 'note', text: displayText(said) };
  const space = said.indexOf(' ');
  if (space <= 0) return undefined;
  const member = displayText(said.slice(0, space));
  const text = displayText(said.slice(space + 1));
  return { atMs, member, type: sign === signs.call ? 'call' : 'line', text };
}

const signs = { line: '>', call: '=', note: '*' } as const;

function oneWord(name: string): ByteString {
  return byteStringOfText(name.replace(/[\s\p{Cc}]/gu, '_') || '_');
}
