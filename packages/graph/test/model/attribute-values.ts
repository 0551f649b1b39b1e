import type { ByteString } from '@dispatch/nix/byte-string';
import type { Text, Value } from './recipe.ts';

type Render = (text: Text) => ByteString;

/** A value as the text of an environment variable; lists are flattened and joined by spaces. */
export function textOfValue(value: Value, render: Render): ByteString {
  if ('text' in value) return render(value.text);
  if ('number' in value) return value.number.env;
  if ('constant' in value) return value.constant === true ? '1' : '';
  if ('set' in value) throw new TypeError('only structured attributes may hold sets');
  let text = '';
  for (const [place, item] of value.list.entries()) {
    text += textOfValue(item, render);
    const isEmptyList = 'list' in item && item.list.length === 0;
    if (place < value.list.length - 1 && !isEmptyList) text += ' ';
  }
  return text;
}

/** A value as JSON: compact, keys sorted by their bytes. */
export function jsonOf(value: Value, render: Render): ByteString {
  if ('text' in value) return jsonString(render(value.text));
  if ('number' in value) return value.number.json;
  if ('constant' in value) return String(value.constant);
  if ('list' in value) return `[${value.list.map((item) => jsonOf(item, render)).join(',')}]`;
  const sorted = value.set.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const members = sorted.map(([key, item]) => `${jsonString(key)}:${jsonOf(item, render)}`);
  return `{${members.join(',')}}`;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function jsonString(text: ByteString): ByteString {
  return `"${Array.from(text, escapeCharacter).join('')}"`;
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character >= ' ') return character;
  const code = character.charCodeAt(0).toString(16).padStart(4, '0');
  return escapes[character] ?? `\\u${code}`;
}
