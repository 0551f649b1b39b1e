import type { IncomingMessage } from 'node:http';
import type { CallName } from '../meeting/call.ts';
import { isName, nameRule } from '../meeting/names.ts';
import { printable } from '../meeting/printable.ts';
import { type Refusal, refused } from '../meeting/reply.ts';

/** A call as the request line tells it: checked, except for its body. */
export interface MemberTarget {
  readonly name: CallName;
  /** Empty for calls that name nothing. */
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
}

/** The target of a member's call, or of `hello`, the one call that needs no token. */
export type Target = MemberTarget | (Omit<MemberTarget, 'name'> & { readonly name: 'hello' });

interface CallShape {
  /** What the second part of its path names, if it has one. */
  readonly names: string | undefined;
  /** The keys that its query may have. */
  readonly query: readonly string[];
}

const shapes: Readonly<Record<Target['name'], CallShape>> = {
  hello: { names: undefined, query: [] },
  self: { names: undefined, query: [] },
  list: { names: undefined, query: ['role'] },
  send: { names: 'message', query: [] },
  wait: { names: 'message', query: ['from', 'key'] },
  'wait-all': { names: 'message', query: ['role', 'key'] },
  sync: { names: 'barrier', query: [] },
  put: { names: 'file', query: [] },
  get: { names: 'file', query: ['from'] },
  fail: { names: undefined, query: [] },
  commit: { names: undefined, query: [] },
};

const methods = new Set(['GET', 'POST', 'PUT']);
/**
 * No `%`, no `//`, no `..`: characters that no name may have are not decoded or normalised either.
 */
const targetPattern = /^\/([^/?#]*)(?:\/([^/?#]*))?(?:\?([^?#]*))?$/;

/** The call that a request is for, or why it is for none. */
export function readTarget({ method = '', url = '' }: IncomingMessage): Target | Refusal {
  if (!methods.has(method)) return refused('bad-method', 'calls are made by GET, POST or PUT');
  const [, name = '', id = '', query = ''] = targetPattern.exec(url) ?? [];
  if (!isCallName(name)) return unknownCall(url);
  const names = shapes[name].names;
  if (names === undefined && id !== '') return refused('malformed', `${name} names nothing`);
  if (names !== undefined && !isName(id)) return badName(`the ${names}'s name in /${name}/NAME`);
  const values = readQuery(name, query);
  return 'because' in values ? values : { name, id, query: values.query };
}

/** The token that a request carries, or the empty string. */
export function bearerToken({ headers }: IncomingMessage): string {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

function readQuery(name: Target['name'], text: string): Pick<Target, 'query'> | Refusal {
  const query: Record<string, string> = {};
  for (const pair of text === '' ? [] : text.split('&')) {
    const [key = '', value = '', ...more] = pair.split('=');
    const { query: known } = shapes[name];
    if (!known.includes(key) || key in query) {
      const may = known.length === 0 ? 'nothing' : `${known.join(' and ')}, each once,`;
      return refused('malformed', `${may} may stand behind the ? of ${name}`);
    }
    if (!isName(value) || more.length > 0) return badName(`${key} behind the ? of ${name}`);
    query[key] = value;
  }
  return { query };
}

function isCallName(name: string): name is Target['name'] {
  return Object.hasOwn(shapes, name);
}

function unknownCall(url: string): Refusal {
  const calls = Object.keys(shapes).join(', ');
  return refused('unknown', `no call ${printable(url, 100)}: there are ${calls}`);
}

function badName(what: string): Refusal {
  return refused('malformed', `${what} is no name: ${nameRule}`);
}
