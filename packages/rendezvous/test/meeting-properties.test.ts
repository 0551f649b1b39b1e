import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Call } from '../src/meeting/call.ts';
import { Conversation, names, newMeeting, send } from './support/meeting.ts';

const ids = fc.constantFrom('x', 'y');
const choices = fc.array(fc.nat(100), { minLength: 1, maxLength: 40 });
const someone = fc.constantFrom(...names);

/** All but `wait` and `get` of anybody, which tell who was first. */
const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(ids, fc.constantFrom('1', '2')).map(([id, v]) => send(id, { v })),
  },
  fc.record({
    type: fc.constant('wait' as const),
    id: ids,
    from: someone,
    key: fc.constant(undefined),
  }),
  fc.record({
    type: fc.constant('wait-all' as const),
    id: ids,
    role: fc.constantFrom(undefined, 'left', 'right'),
    key: fc.constantFrom(undefined, 'v'),
  }),
  fc.record({ type: fc.constant('sync' as const), id: ids }),
  fc
    .tuple(ids, fc.uint8Array({ maxLength: 2 }))
    .map(([id, content]) => ({ type: 'put' as const, id, content })),
  fc.record({ type: fc.constant('get' as const), id: ids, from: someone }),
);

const program = fc
  .tuple(fc.array(call, { maxLength: 8 }), fc.boolean())
  .map(([calls, commits]): Call[] => (commits ? [...calls, { type: 'commit' }] : calls));
const programs = fc.record({ a: program, b: program, c: program });

/** What all were told; but not at what point they learnt that the group has failed. */
function fate({ meeting, replies }: Conversation): unknown {
  return meeting.failure === undefined ? replies : 'failed';
}

test('what members are told does not hang on the order in which calls of others came', () => {
  fc.assert(
    fc.property(programs, choices, choices, (said, one, other) => {
      const [first, second] = [new Conversation(said), new Conversation(said)];
      first.run(one);
      second.run(other);
      expect(fate(second)).toEqual(fate(first));
    }),
    { numRuns: 2000 },
  );
});

test('nobody passes a barrier before all have come to it', () => {
  const barrier = fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 6 });
  fc.assert(
    fc.property(fc.record({ a: barrier, b: barrier, c: barrier }), choices, (said, order) => {
      const syncs = Object.entries(said).map(([name, list]) => [
        name,
        list.map((id) => ({ type: 'sync' as const, id })),
      ]);
      const talk = new Conversation(Object.fromEntries(syncs));
      const hasCome = (name: 'a' | 'b' | 'c', id: string): boolean =>
        said[name].some((one, number) => one === id && talk.hasMade(name, number));
      for (let turn = 0; talk.ready.length > 0; turn += 1) {
        const before = talk.answered.length;
        talk.next(talk.ready[order[turn % order.length]! % talk.ready.length]!);
        for (const ticket of talk.answered.slice(before)) {
          const id = said[ticket[0] as 'a'][Number(ticket.slice(1))]!;
          expect(names.filter((name) => !hasCome(name as 'a', id))).toEqual([]);
        }
      }
      // And who is left waiting waits for somebody who never comes.
      expect(talk.meeting.failure).toBeUndefined();
    }),
  );
});

test('what a member said under an id is what everybody reads there, for ever', () => {
  const post = fc.tuple(someone, ids, fc.constantFrom('1', '2', '3'));
  fc.assert(
    fc.property(fc.array(post, { maxLength: 30 }), (posts) => {
      const meeting = newMeeting();
      const kept = new Map<string, string>();
      posts.forEach(([member, id, v], index) => {
        const [sent] = meeting.call(2 * index, member, send(id, { v }), 0);
        const place = `${member} ${id}`;
        const isNew = (kept.get(place) ?? v) === v;
        expect(sent?.reply.type).toBe(isNew ? 'told' : 'refused');
        if (!kept.has(place)) kept.set(place, v);
        const wait = { type: 'wait' as const, id, from: member, key: 'v' };
        const [read] = meeting.call(2 * index + 1, 'c', wait, 0);
        expect(read?.reply).toMatchObject({ lines: [kept.get(place)] });
      });
    }),
  );
});

test('when the group fails, each call that waits is answered, once, and so is each later one', () => {
  fc.assert(
    fc.property(programs, choices, (said, order) => {
      const talk = new Conversation(said);
      talk.run(order);
      talk.take(talk.meeting.fail('lost', undefined));
      talk.run(order);
      expect(Object.values(talk.replies).map((list) => list.length)).toEqual(
        names.map((name) => said[name as 'a'].length),
      );
      expect(new Set(talk.answered).size).toBe(talk.answered.length);
      expect(talk.meeting.deadlineMs).toBeUndefined();
    }),
  );
});

test('a call that nobody waits for any more is not answered, and what it did stays', () => {
  const meeting = newMeeting();
  meeting.call(1, 'a', { type: 'sync', id: 'x' }, 0);
  meeting.forget(1);
  meeting.call(2, 'b', { type: 'sync', id: 'x' }, 0);
  const tickets = meeting.call(3, 'c', { type: 'sync', id: 'x' }, 0).map(({ ticket }) => ticket);
  expect(tickets).toEqual([2, 3]);
});
