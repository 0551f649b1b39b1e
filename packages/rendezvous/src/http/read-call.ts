import type { RendezvousLimits } from '../limits.ts';
import type { Call, CallName, CallOf } from '../meeting/call.ts';
import { isName, nameRule } from '../meeting/names.ts';
import { printable } from '../meeting/printable.ts';
import { type Refusal, refused } from '../meeting/reply.ts';
import type { MemberTarget } from './target.ts';

const longestReason = 1000;
const control = /\p{Cc}/u;

/** The largest number of bytes that the body of a call may have. */
export function longestBody({ name }: MemberTarget, limits: RendezvousLimits): number {
  if (name === 'send' || name === 'fail') return limits.messageBytes;
  return name === 'put' ? limits.fileBytes : 0;
}

/** The call that a request makes, or a refusal where its body is not valid for that call. */
export function readCall({ name, id, query }: MemberTarget, body: Buffer): Call | Refusal {
  const { role, from, key } = query;
  const readers: { readonly [Name in CallName]: () => CallOf<Name> | Refusal } = {
    self: () => ({ type: 'self' }),
    list: () => ({ type: 'list', role }),
    send: () => readMessage(id, body.toString()),
    wait: () => ({ type: 'wait', id, from, key }),
    'wait-all': () => ({ type: 'wait-all', id, role, key }),
    sync: () => ({ type: 'sync', id }),
    put: () => ({ type: 'put', id, content: body }),
    get: () => ({ type: 'get', id, from }),
    fail: () => ({ type: 'fail', reason: readReason(body.toString()) }),
    commit: () => ({ type: 'commit' }),
  };
  return readers[name]();
}

function readReason(text: string): string {
  return printable(text.trim(), longestReason) || 'it gave no reason';
}

function readMessage(id: string, text: string): CallOf<'send'> | Refusal {
  const payload = new Map<string, string>();
  for (const pair of text === '' ? [] : text.split('&')) {
    const fault = addPair(payload, pair);
    if (fault !== undefined) return refused('malformed', `message ${id}: ${fault}`);
  }
  return { type: 'send', id, payload };
}

/** Adds a `key=value` in form encoding; returns what is wrong with it, if anything. */
function addPair(payload: Map<string, string>, pair: string): string | undefined {
  const equals = pair.indexOf('=');
  const key = pair.slice(0, Math.max(equals, 0));
  if (!isName(key))
    return `${printable(pair, 100)} does not begin with KEY=, and keys are ${nameRule}`;
  if (payload.has(key)) return `it has ${key} twice`;
  const value = decodeForm(pair.slice(equals + 1));
  if (value === undefined) return `the value of ${key} is not encoded as in a form`;
  if (control.test(value)) return `the value of ${key} is not one line of text: put it as a file`;
  payload.set(key, value);
  return undefined;
}

function decodeForm(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
