import type { RendezvousMember } from '../options.ts';
import type { Payload } from './call.ts';
import type { Notice } from './noticeboard.ts';
import { type Reply, refused } from './reply.ts';

/** Which message, or which of its values, is asked for. */
interface Question {
  readonly id: string;
  readonly key: string | undefined;
}

/** Who the caller is, and in which group, as `key=value` lines. */
export function selfFacts(
  group: { group: string; id: string; attempt: string; members: readonly unknown[] },
  { name, role, host }: RendezvousMember,
): Reply {
  const size = group.members.length;
  const facts = {
    name,
    role,
    host,
    group: group.group,
    id: group.id,
    attempt: group.attempt,
    size,
  };
  const lines = Object.entries(facts).map(([key, value]) => `${key}=${value}`);
  return { type: 'told', lines, value: facts };
}

/** A line `NAME ROLE HOST` for each member. */
export function memberList(members: readonly RendezvousMember[]): Reply {
  return {
    type: 'told',
    lines: members.map(({ name, role, host }) => `${name} ${role} ${host}`),
    value: members.map(({ name, role, host }) => ({ name, role, host })),
  };
}

/** A message's `key=value` lines, or the one value that was asked for. */
export function messageContent(notice: Notice<Payload>, { id, key }: Question): Reply {
  const { from, content } = notice;
  if (key === undefined) return { type: 'told', lines: pairs(content), value: asJson(notice) };
  const value = content.get(key);
  if (value === undefined) return refused('unknown', `message ${id} of ${from} has no ${key}`);
  return { type: 'told', lines: [value], value: { from, value } };
}

/** Lines `NAME key=value`, or `NAME value` for the one key that was asked for. */
export function allMessages(notices: readonly Notice<Payload>[], question: Question): Reply {
  const lines: string[] = [];
  const values: unknown[] = [];
  for (const notice of notices) {
    const one = messageContent(notice, question);
    if (one.type !== 'told') return one;
    // A message without values is a line, too.
    const said = one.lines.length === 0 ? [''] : one.lines;
    lines.push(...said.map((line) => (line === '' ? notice.from : `${notice.from} ${line}`)));
    values.push(one.value);
  }
  return { type: 'told', lines, value: values };
}

/** A message as `key=value` lines. */
export function pairs(payload: Payload): string[] {
  return [...payload].map(([key, value]) => `${key}=${value}`);
}

function asJson({ from, content }: Notice<Payload>): unknown {
  return { from, values: Object.fromEntries(content) };
}
