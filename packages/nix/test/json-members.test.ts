import { sortJsonMembers } from '@dispatch/nix/json-members';
import { describe, expect, test } from 'vitest';

const [first, last] = ['1'.repeat(32), 'z'.repeat(52)];

describe('members of JSON objects whose keys hold hash parts are sorted again', () => {
  test.each([
    ['at the top', `{"${last}":1,"${first}":2}`, `{"${first}":2,"${last}":1}`],
    [
      'among others, which are in their order',
      `{"b":1,"/${last}":2,"/${first}":3,"a":4}`,
      `{"/${first}":3,"/${last}":2,"a":4,"b":1}`,
    ],
    [
      'deep down, and again above it',
      `{"/${last}":[{"${last}":{},"${first}":[]}],"/${first}":{"x":[1,2]}}`,
      `{"/${first}":{"x":[1,2]},"/${last}":[{"${first}":[],"${last}":{}}]}`,
    ],
    [
      'with numbers and escapes as they stand',
      `{"\\"${last}":9007199254740993,"\\"${first}":1.50e+30,"\\u0001${last}":"},\\"\\\\"}`,
      `{"\\u0001${last}":"},\\"\\\\","\\"${first}":1.50e+30,"\\"${last}":9007199254740993}`,
    ],
    [
      'by decoded bytes',
      `{"${first}\u00c3\u00bc":1,"${first}\\\\":2,"${first}[":3}`,
      `{"${first}[":3,"${first}\\\\":2,"${first}\u00c3\u00bc":1}`,
    ],
    [
      'with spaces, which Nix does not write',
      `{ "${last}": 1, "${first}": {"a" : 2} }`,
      `{ "${first}": {"a" : 2} , "${last}": 1}`,
    ],
  ])('%s', (_, json, expected) => {
    expect(sortJsonMembers(json)).toBe(expected);
    expect(sortJsonMembers(expected)).toBe(expected);
  });

  test.each([
    ['an object without a hash part', '{"b":1,"a":2}'],
    ['a hash part that is a value', `{"b":"${last}","a":"${first}"}`],
    ['what is no object', `["${last}","${first}"]`],
    ['what is no JSON', `{"${last}":1,"${first}":2`],
  ])('but not %s', (_, json) => expect(sortJsonMembers(json)).toBe(json));

  test('when they are deep, without a stack overflow', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(sortJsonMembers(`{"${last}":${deep},"${first}":1}`)).toBe(
      `{"${first}":1,"${last}":${deep}}`,
    );
  });
});
