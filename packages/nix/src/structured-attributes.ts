import type { ByteString } from './byte-string.ts';
import { badJson, decodeJsonKey, jsonStringEnd } from './json-strings.ts';

/** The variable that holds the structured attributes of a derivation, if it has any, as JSON. */
export const structuredAttributes = '__json';

/**
 * The JSON text of one top-level attribute in the JSON of a derivation with structured attributes
 * (its `__json` variable), or undefined. Throws `bad-json`, also when the attribute is there twice.
 *
 * This and the functions below cut and splice the text and never write it anew: numbers beyond
 * 2^53, the form of floats, the order of keys that look like integers and escapes would all change
 * in a round trip through JavaScript.
 */
export function jsonAttribute(json: ByteString, key: string): ByteString | undefined {
  const [member, second] = topLevelMembers(json).filter((candidate) => candidate.key === key);
  // With two of them, a builder might take either.
  if (second !== undefined) throw badJson(`no second '${key}'`, second.start);
  return member === undefined ? undefined : json.slice(member.valueStart, member.end);
}

/** The text with the attribute at the place where it sorts. `value` is JSON; the key must be new. */
export function insertJsonAttribute(json: ByteString, key: string, value: ByteString): ByteString {
  const member = `${JSON.stringify(key)}:${value}`;
  const members = topLevelMembers(json);
  const next = members.find((candidate) => candidate.key > key);
  if (next !== undefined) return `${json.slice(0, next.start)}${member},${json.slice(next.start)}`;
  const end = members.at(-1)?.end;
  if (end === undefined) return `{${member}}`;
  return `${json.slice(0, end)},${member}${json.slice(end)}`;
}

/** The text without the attribute; the same text if it has none. */
export function removeJsonAttribute(json: ByteString, key: string): ByteString {
  const members = topLevelMembers(json);
  const index = members.findIndex((candidate) => candidate.key === key);
  const member = members[index];
  if (member === undefined) return json;
  const next = members[index + 1];
  if (next !== undefined) return json.slice(0, member.start) + json.slice(next.start);
  const previousEnd = members[index - 1]?.end ?? member.start;
  return json.slice(0, previousEnd) + json.slice(member.end);
}

interface Member {
  readonly key: ByteString;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** The members of the outermost object. Throws `bad-json` for what is not the object Nix prints. */
function topLevelMembers(json: ByteString): Member[] {
  const members: Member[] = [];
  if (json[0] !== '{') throw badJson('an object', 0);
  if (json === '{}') return members;
  let at = 0;
  while (json[at] === (at === 0 ? '{' : ',')) {
    const start = at + 1;
    const keyEnd = jsonStringEnd(json, start);
    if (json[keyEnd] !== ':') throw badJson("':'", keyEnd);
    const end = valueEnd(json, keyEnd + 1);
    members.push({ key: decodeJsonKey(json, start, keyEnd), start, valueStart: keyEnd + 1, end });
    at = end;
  }
  if (json[at] !== '}' || at + 1 !== json.length) throw badJson('the end of the object', at);
  return members;
}

/** The place after a value: the first comma or closing bracket that is not inside it. */
function valueEnd(json: ByteString, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at += 1) {
    const character = json[at];
    if (character === '"') at = jsonStringEnd(json, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (depth === 0 && (character === ',' || character === '}')) {
      if (at === start) throw badJson('a value', at);
      return at;
    } else if (character === '}' || character === ']') depth -= 1;
  }
  throw badJson('the end of a value', json.length);
}
