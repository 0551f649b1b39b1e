import {
  insertJsonAttribute,
  jsonAttribute,
  removeJsonAttribute,
} from '@dispatch/nix/structured-attributes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('an attribute of structured attributes', () => {
  test.each([
    ['into an empty object', '{}', '{"m":"1"}'],
    ['first', '{"n":2,"z":3}', '{"m":"1","n":2,"z":3}'],
    ['in the middle', '{"a":1,"z":3}', '{"a":1,"m":"1","z":3}'],
    ['last', '{"a":1}', '{"a":1,"m":"1"}'],
    ['behind capitals', '{"Z":1,"_":2}', '{"Z":1,"_":2,"m":"1"}'],
    ['before what is not ASCII', '{"\u00c3\u00bc":1}', '{"m":"1","\u00c3\u00bc":1}'],
    ['behind the name that begins it', '{"":1,"mm":2}', '{"":1,"m":"1","mm":2}'],
    [
      'beside nested names like it',
      '{"a":{"m":"2","z":[{"m":3}]}}',
      '{"a":{"m":"2","z":[{"m":3}]},"m":"1"}',
    ],
    [
      'between brackets and quotes in strings',
      '{"a":"},{\\"m\\":\\"]","z":"\\\\"}',
      '{"a":"},{\\"m\\":\\"]","m":"1","z":"\\\\"}',
    ],
    [
      'beside numbers that no double holds',
      '{"a":9007199254740993,"z":1e+30}',
      '{"a":9007199254740993,"m":"1","z":1e+30}',
    ],
    ['beside keys that look like integers', '{"10":1,"2":2,"9":3}', '{"10":1,"2":2,"9":3,"m":"1"}'],
    ['beside escaped keys', '{"l\\u006f":1,"quo\\"te":2}', '{"l\\u006f":1,"m":"1","quo\\"te":2}'],
  ])('goes in %s, and out again', (_, json, expected) => {
    expect(insertJsonAttribute(json, 'm', '"1"')).toBe(expected);
    expect(jsonAttribute(json, 'm')).toBeUndefined();
    expect(jsonAttribute(expected, 'm')).toBe('"1"');
    expect(removeJsonAttribute(expected, 'm')).toBe(json);
  });

  test('that is not there is not taken out', () => {
    expect(removeJsonAttribute('{"a":{"m":1}}', 'm')).toBe('{"a":{"m":1}}');
  });

  test('leaves every other byte alone', () => {
    const member = fc.tuple(fc.string({ minLength: 1 }), fc.jsonValue());
    fc.assert(
      fc.property(fc.uniqueArray(member, { selector: ([key]) => key }), (members) => {
        const others = members.filter(([key]) => key !== 'key');
        const sorted = others.toSorted(([a], [b]) => (a < b ? -1 : 1));
        const json = print(sorted);
        const inserted = insertJsonAttribute(json, 'key', '"12"');
        expect(JSON.parse(inserted)).toEqual({ ...JSON.parse(json), key: '12' });
        const keys = [...others.map(([key]) => key), 'key'].toSorted((a, b) => (a < b ? -1 : 1));
        const at = keys.indexOf('key');
        expect(inserted).toBe(print([...sorted.slice(0, at), ['key', '12'], ...sorted.slice(at)]));
        expect(removeJsonAttribute(inserted, 'key')).toBe(json);
      }),
      { numRuns: 300 },
    );
  });
});

/** Without an object, which would put keys that look like integers first. */
function print(members: readonly (readonly [string, unknown])[]): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

describe('structured attributes are refused, with the position', () => {
  test.each([
    ['', 0],
    ['[]', 0],
    [' {}', 0],
    ['{', 1],
    ['{}x', 1],
    ['{"a"}', 4],
    ['{"a":}', 5],
    ['{"a":1', 6],
    ['{"a":1,', 7],
    ['{"a":1,}', 7],
    ['{"a":1}}', 6],
    ['{"a":[1}', 8],
    ['{"a":"1}', 8],
    ['{a:1}', 1],
    ['{"\\x":1}', 1],
    ['{"m":1,"m":2}', 7],
  ])('when they are %j', (json, position) => {
    expect(() => jsonAttribute(json, 'm')).toThrow(
      expect.objectContaining({ code: 'bad-json', position }),
    );
  });

  test('when they are deep, without a stack overflow', () => {
    const deep = `{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
    expect(jsonAttribute(deep, 'm')).toBeUndefined();
    expect(() => jsonAttribute(deep.slice(0, -2), 'm')).toThrow(
      expect.objectContaining({ code: 'bad-json' }),
    );
  });
});
