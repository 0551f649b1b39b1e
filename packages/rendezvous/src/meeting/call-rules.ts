import type { Call, CallName, CallOf } from './call.ts';
import { payloadBytes } from './contents.ts';
import { done, type Refusal, type Reply, refused } from './reply.ts';
import type { MeetingState } from './state.ts';
import { allMessages, memberList, messageContent, pairs, selfFacts } from './tell.ts';

/** What a call waits for: which members, and what they would have to do. */
export interface Awaited {
  readonly names: readonly string[];
  readonly what: string;
}

/** Everything that defines one kind of call. */
interface CallRules<Name extends CallName> {
  /** Its arguments, for the group's log; not yet made printable. */
  describe(call: CallOf<Name>): string;
  /** Carries out its immediate effect, or says why it cannot. */
  take?(state: MeetingState, member: string, call: CallOf<Name>, atMs: number): Refusal | undefined;
  /** Its answer, once there is one. */
  reply(state: MeetingState, member: string, call: CallOf<Name>): Reply | undefined;
  /** What it waits for, if certain members have to do that. */
  awaits?(state: MeetingState, call: CallOf<Name>): Awaited;
}

const rules: { readonly [Name in CallName]: CallRules<Name> } = {
  self: {
    describe: () => '',
    reply: ({ facts, roster }, member) => selfFacts(facts, roster.get(member)),
  },
  list: {
    describe: ({ role }) => role ?? '',
    take: ({ roster }, _, { role }) => roster.unknownRole(role),
    reply: ({ roster }, _, { role }) => memberList(roster.withRole(role)),
  },
  send: {
    describe: ({ id, payload }) => words(id, ...pairs(payload)),
    take({ messages }, member, { id, payload }) {
      const outcome = messages.post(member, id, payload, payloadBytes(payload));
      return notKept(outcome, `message ${id}`, member);
    },
    reply: () => done,
  },
  wait: {
    describe: ({ id, from, key }) => words(id, from && `from ${from}`, key),
    take: ({ roster }, _, { from }) => roster.unknownName(from),
    reply({ messages }, _, call) {
      const notice = messages.read(call.id, call.from);
      return notice && messageContent(notice, call);
    },
    awaits: (_, { id, from }) => ({ names: justOne(from), what: `sending ${id}` }),
  },
  'wait-all': {
    describe: ({ id, role, key }) => words(id, role, key),
    take: (state, member, call) =>
      state.roster.unknownRole(call.role) ?? selfAwaited(state, member, call),
    reply({ messages, roster }, _, call) {
      const names = roster.namesOf(call.role);
      const notices = messages.readAll(call.id, names);
      return notices.length === names.length ? allMessages(notices, call) : undefined;
    },
    awaits: ({ messages, roster }, { id, role }) => ({
      names: messages.silent(id, roster.namesOf(role)),
      what: `sending ${id}`,
    }),
  },
  sync: {
    describe: ({ id }) => id,
    take: ({ barriers }, member, { id }, atMs) =>
      barriers.arrive(id, member, atMs)
        ? undefined
        : refused('too-much', `the group has too many barriers for one more, ${id}`),
    reply: ({ barriers }, _, { id }) => (barriers.isPassed(id) ? done : undefined),
  },
  put: {
    describe: ({ id, content }) => `${id} (${content.length} bytes)`,
    take({ files }, member, { id, content }) {
      return notKept(files.post(member, id, content, content.length), `file ${id}`, member);
    },
    reply: () => done,
  },
  get: {
    describe: ({ id, from }) => words(id, from && `from ${from}`),
    take: ({ roster }, _, { from }) => roster.unknownName(from),
    reply({ files }, _, { id, from }) {
      const notice = files.read(id, from);
      return notice && { type: 'file', content: notice.content };
    },
    awaits: (_, { id, from }) => ({ names: justOne(from), what: `putting file ${id}` }),
  },
  fail: {
    describe: ({ reason }) => reason,
    take(state, member, { reason }) {
      state.failure = { member, reason };
      return undefined;
    },
    reply: () => done,
  },
  commit: {
    describe: () => '',
    take({ left }, member) {
      left.add(member);
      return undefined;
    },
    reply: ({ left, roster }) => (left.size === roster.members.length ? done : undefined),
  },
};

/** The rules of this call. They must be used for no other, which the compiler does not check. */
export function rulesOf(call: Call): CallRules<CallName> {
  return rules[call.type];
}

/** Refuses a `wait-all` for the member's own message if it is not sent: it would wait for ever. */
function selfAwaited(
  { messages, roster }: MeetingState,
  member: string,
  { id, role }: CallOf<'wait-all'>,
): Refusal | undefined {
  const own = roster.namesOf(role).filter((name) => name === member);
  if (messages.silent(id, own).length === 0) return undefined;
  const line = `${member} waits for ${id} of itself too: send it first, or name another role`;
  return refused('conflict', line);
}

function notKept(
  outcome: 'kept' | 'other' | 'full',
  what: string,
  member: string,
): Refusal | undefined {
  if (outcome === 'kept') return undefined;
  if (outcome === 'full') return refused('too-much', `the group has no room for ${what} any more`);
  const line = `${member} has sent ${what} already, and with another content: choose another name`;
  return refused('conflict', line);
}

function justOne(name: string | undefined): string[] {
  return name === undefined ? [] : [name];
}

function words(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ');
}
