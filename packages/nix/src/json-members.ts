import { type ByteString, byteStringFrom, bytesOf, writeBytes } from './byte-string.ts';
import { decodeJsonKey, jsonStringEnd } from './json-strings.ts';
import { nixBase32Alphabet } from './nixbase32.ts';
import { hashPartLength } from './store-path.ts';

/**
 * Sorts the members again in each object of a JSON text that has a key in which a hash part may
 * have been replaced: by the keys' decoded bytes, as Nix does. Each member's text is moved as it
 * stands, so that numbers and escapes survive. Text that is not JSON is returned unchanged.
 */
export function sortJsonMembers(json: ByteString): ByteString {
  if (!isJson(json)) return json;
  const bytes = bytesOf(json);
  // Inner objects come first, and sorting moves nothing out of its object: so places stay valid.
  for (const members of objectsOf(json)) {
    if (members.some(({ key }) => mayHoldHashPart.test(key))) sortInPlace(bytes, members);
  }
  return byteStringFrom(bytes);
}

const mayHoldHashPart = new RegExp(`[${nixBase32Alphabet}]{${hashPartLength}}`);

interface Member {
  readonly key: ByteString;
  readonly start: number;
  end: number;
}

/** An object that is not closed yet, or a list, which has no members. */
interface Opened {
  readonly members: Member[];
  /** Where the next member begins, if there is one. */
  next: number;
}

function sortInPlace(bytes: Uint8Array, members: readonly Member[]): void {
  const pieces = members
    .toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ start, end }) => byteStringFrom(bytes.subarray(start, end)));
  writeBytes(bytes.subarray(members[0]?.start), [pieces.join(',')]);
}

/** The members of all objects, those of inner objects before those of outer ones. */
function objectsOf(json: ByteString): (readonly Member[])[] {
  const closed: (readonly Member[])[] = [];
  const open: Opened[] = [];
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    const inner = open.at(-1);
    if (character === '"') {
      const end = jsonStringEnd(json, at);
      // Nothing but a key has a colon behind it; Nix writes no space between.
      if (json[end] === ':')
        inner?.members.push({ key: decodeJsonKey(json, at, end), start: inner.next, end });
      at = end - 1;
    } else if (character === '{' || character === '[') open.push({ members: [], next: at + 1 });
    else if (character === ',' || character === '}' || character === ']') {
      endMember(inner, at);
      if (character !== ',') closed.push(open.pop()?.members ?? []);
    }
  }
  return closed;
}

function endMember(inner: Opened | undefined, at: number): void {
  if (inner === undefined) return;
  inner.next = at + 1;
  const last = inner.members.at(-1);
  if (last !== undefined) last.end = at;
}

function isJson(text: ByteString): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
