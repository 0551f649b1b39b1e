import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withdrawalsFileOf } from '../src/place/place.ts';
import { readWithdrawn, Withdrawals } from '../src/steering/withdrawals.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();

function refuse(file: string, why: string): never {
  throw new Error(`${file}: ${why}`);
}

test('what was drained or skipped is there for the next one, and since when, until it is resumed', async () => {
  const place = newPlace();
  const first = Withdrawals.open(place, refuse);
  expect(first.all).toEqual([]);
  await Promise.all([
    first.note(['ssh-ng://far', 'auto'], 'drain', 1000),
    first.note(['ssh-ng://near'], 'skip', 2000),
    first.note(['ssh-ng://far'], 'skip', 3000),
    first.note(['auto'], 'resume', 4000),
  ]);
  const second = Withdrawals.open(place, refuse);
  expect(second.all).toEqual([
    { builder: 'ssh-ng://near', withdrawal: 'skip', since: 2000 },
    { builder: 'ssh-ng://far', withdrawal: 'skip', since: 1000 },
  ]);
  expect(readWithdrawn(place)).toEqual(second.all);
  expect(statSync(withdrawalsFileOf(place)).mode & 0o777).toBe(0o600);
});

test.each([
  ['is cut off', '{"version":1,"buil'],
  [
    'says something else',
    '{"version":1,"builders":[{"builder":"x","withdrawal":"burn","since":1}]}',
  ],
  ['is of another version', '{"version":2,"builders":[]}'],
])('a file that %s is laid aside and told of, and all machines are in use', async (_, text) => {
  const place = newPlace();
  const file = withdrawalsFileOf(place);
  writeFileSync(file, text);
  expect(() => readWithdrawn(place)).toThrow(/JSON|invalid/i);
  const heard: string[] = [];
  const opened = Withdrawals.open(place, (name) => heard.push(name));
  expect(opened.all).toEqual([]);
  expect(heard).toEqual([file]);
  expect(existsSync(file)).toBe(false);
  expect(readFileSync(`${file}.refused`, 'utf8')).toBe(text);
});
