import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byteStringOfText } from '@dispatch/nix/byte-string';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GroupLog } from '../src/groups/group-log.ts';
import { groupLogText, parseGroupLogText } from '../src/groups/group-log-line.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-group-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function logIn(name: string): GroupLog {
  return new GroupLog(join(folder, 'run', name), (reason) => expect.fail(reason));
}

test('the file has lines, calls and what concerns all, each with its time', async () => {
  const log = logIn('a.log');
  log.note('started', 1000);
  log.line('client', byteStringOfText('hört zu'), 1004.4);
  log.call('board.2', 'send ready\nport=5', 1005);
  await log.close();
  const text = readFileSync(log.keptFile ?? '', 'utf8');
  expect(text).toBe('1000 * started\n1004 > client hört zu\n1005 = board.2 send ready port=5\n');
  const lines = text.trimEnd().split('\n').map(byteStringOfText);
  expect(lines.map(parseGroupLogText)).toEqual([
    { atMs: 1000, member: undefined, type: 'note', text: 'started' },
    { atMs: 1004, member: 'client', type: 'line', text: 'hört zu' },
    { atMs: 1005, member: 'board.2', type: 'call', text: 'send ready port=5' },
  ]);
});

test('a loud member does not push the last lines of a quiet one out', async () => {
  const log = logIn('a.log');
  log.line('quiet', 'here I am', 5);
  for (let at = 0; at < 500; at += 1) log.line('loud', `${at}${'x'.repeat(5000)}`, 10 + at);
  log.line('quiet', 'and again', 10 + 498);
  await log.close();
  const last = log.lastLines;
  expect(last).toHaveLength(17);
  expect(last.map(({ member }) => member)).toEqual([
    'quiet',
    ...Array.from({ length: 14 }, () => 'loud'),
    'quiet',
    'loud',
  ]);
  expect(last[1]?.text).toHaveLength(1000);
});

test('what is written can be read, whatever is said and whoever says it', () => {
  const text = fc.string({ unit: 'binary' }).map((some) => some.replaceAll('\n', ''));
  const member = fc.option(fc.stringMatching(/^[!-~]+$/), { nil: undefined });
  const type = fc.constantFrom('line' as const, 'call' as const);
  fc.assert(
    fc.property(fc.nat(), type, member, text, (atMs, kind, who, said) => {
      const written = groupLogText(kind, atMs, who, byteStringOfText(said));
      const readAs = who === undefined ? 'note' : kind;
      const expected = { atMs, member: who, type: readAs, text: said };
      expect(parseGroupLogText(written)).toEqual(expected);
    }),
  );
});

test.each(['', 'x', '12', '12 ? a b', '12 > alone', 'dispatch: 3 lines are left out here: why'])(
  'what is no line of ours is told from one: %s',
  (line) => expect(parseGroupLogText(line)).toBeUndefined(),
);
