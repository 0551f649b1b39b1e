import { expect, test } from 'vitest';
import { defaultLimits } from '../src/limits.ts';
import type { Call } from '../src/meeting/call.ts';
import { Meeting } from '../src/meeting/meeting.ts';
import type { RendezvousMember } from '../src/options.ts';
import { newMeeting, send } from './support/meeting.ts';

function lineOf(meeting: Meeting, member: string, call: Call): string {
  const [answer] = meeting.call(99, member, call, 0);
  return answer?.reply.type === 'refused' ? answer.reply.line : `no refusal: ${answer?.reply.type}`;
}

const sync = (id: string): Call => ({ type: 'sync', id });

const put = (id: string): Call => ({ type: 'put', id, content: new Uint8Array(1) });

function meetingOf(members: readonly RendezvousMember[]): Meeting {
  return new Meeting({ group: 'g', id: 'i', attempt: 'm', members, barrierMs: 1 }, defaultLimits);
}

test('members are told apart, and named so that calls can name them', () => {
  const twins = [1, 2].map(() => ({ name: 'a', role: 'a', host: 'h' }));
  expect(() => meetingOf(twins)).toThrow('two members of a group have the same name');
  expect(() => meetingOf([{ name: 'a b', role: 'a', host: 'h' }])).toThrow(
    'member "a b" of role "a"',
  );
  expect(() => meetingOf([{ name: 'a', role: '', host: 'h' }])).toThrow('letters, digits');
  expect(() => newMeeting().finish('d')).toThrow('the group has no member d');
});

test('who asks of members or roles that are not there is told who is', () => {
  const meeting = newMeeting();
  const wait: Call = { type: 'wait', id: 'x', from: 'd', key: undefined };
  expect(lineOf(meeting, 'a', wait)).toBe('no member is called d: there are a, b, c');
  const waitAll: Call = { type: 'wait-all', id: 'x', role: 'up', key: undefined };
  expect(lineOf(meeting, 'a', waitAll)).toBe('no member has the role up: there are left, right');
  expect(lineOf(meeting, 'a', { type: 'get', id: 'x', from: 'd' })).toContain('no member');
  expect(lineOf(meeting, 'a', { type: 'list', role: 'up' })).toContain('no member has the role');
});

test('who would wait for itself is told so', () => {
  const meeting = newMeeting();
  const waitAll: Call = { type: 'wait-all', id: 'x', role: undefined, key: undefined };
  expect(lineOf(meeting, 'a', waitAll)).toBe(
    'a waits for x of itself too: send it first, or name another role',
  );
  meeting.call(1, 'a', send('x'), 0);
  expect(meeting.call(2, 'a', waitAll, 0)).toEqual([]);
});

test('the time of a barrier begins with its first member, or with the last start', () => {
  const meeting = newMeeting();
  meeting.call(1, 'a', sync('x'), 500);
  expect(meeting.deadlineMs).toBeUndefined();
  expect(meeting.passTime(90_000)).toEqual([]);
  meeting.begin(100_000);
  expect(meeting.deadlineMs).toBe(101_000);
  meeting.call(2, 'c', sync('y'), 100_400);
  expect(meeting.passTime(100_999)).toEqual([]);
  for (const member of ['b', 'c']) meeting.call(3, member, sync('x'), 100_500);
  expect(meeting.deadlineMs).toBe(101_400);
  expect(meeting.passTime(101_399)).toEqual([]);
  const [told] = meeting.passTime(101_400);
  expect(told).toMatchObject({ ticket: 2, reply: { because: 'failed' } });
  expect(meeting.failure).toEqual({
    member: 'a',
    reason: 'did not come to barrier y within 1 s; nor did b',
  });
});

/** Why the group fails when `a` waits, and `c` ends. */
function lost(wait: Call): string | undefined {
  const meeting = newMeeting();
  meeting.call(1, 'a', wait, 0);
  meeting.call(2, 'c', { type: 'commit' }, 0);
  return meeting.failure?.reason;
}

test('what can never come fails the group at once, by who should have done it', () => {
  expect(lost(sync('x'))).toBe('ended without coming to barrier x');
  expect(lost({ type: 'wait', id: 'x', from: 'c', key: undefined })).toBe(
    'ended without sending x, for which a waits',
  );
  expect(lost({ type: 'wait-all', id: 'x', role: 'right', key: undefined })).toBe(
    'ended without sending x, for which a waits',
  );
  expect(lost({ type: 'get', id: 'x', from: 'c' })).toBe(
    'ended without putting file x, for which a waits',
  );
  expect(lost({ type: 'wait', id: 'x', from: undefined, key: undefined })).toBeUndefined();
  expect(lost({ type: 'wait', id: 'x', from: 'b', key: undefined })).toBeUndefined();
});

test('who ends after it has done its part harms nobody', () => {
  const meeting = newMeeting();
  meeting.call(1, 'a', sync('x'), 0);
  meeting.call(2, 'a', send('m'), 0);
  meeting.finish('a');
  meeting.call(3, 'b', sync('x'), 0);
  meeting.call(4, 'c', { type: 'wait-all', id: 'm', role: 'left', key: undefined }, 0);
  expect(meeting.failure).toBeUndefined();
  const answers = meeting.call(5, 'b', send('m'), 0);
  expect(answers.map(({ ticket }) => ticket)).toEqual([4, 5]);
});

test('there is a bound to everything that is kept', () => {
  const meeting = newMeeting({ messages: 2, allMessageBytes: 100, files: 1, barriers: 1 });
  expect(lineOf(meeting, 'a', send('big', { v: 'v'.repeat(50) }))).toBe(
    'the group has no room for message big any more',
  );
  meeting.call(1, 'a', send('x'), 0);
  meeting.call(2, 'b', send('x'), 0);
  expect(lineOf(meeting, 'c', send('x'))).toBe('the group has no room for message x any more');
  meeting.call(3, 'a', put('f'), 0);
  expect(lineOf(meeting, 'b', put('f'))).toBe('the group has no room for file f any more');
  meeting.call(4, 'a', sync('x'), 0);
  expect(lineOf(meeting, 'b', sync('y'))).toBe('the group has too many barriers for one more, y');
});
