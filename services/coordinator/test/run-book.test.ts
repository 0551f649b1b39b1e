import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunEnd } from '../src/messages/answer.ts';
import { type Place, requestFileOf } from '../src/place/place.ts';
import { Journal } from '../src/runs/journal.ts';
import type { RunOpening } from '../src/runs/known-run.ts';
import { RunBook } from '../src/runs/run-book.ts';
import { order, runId } from './support/order.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();
const failed: RunEnd = { type: 'failed', error: { message: 'its connections were closed' } };

function opening(): RunOpening {
  return { id: runId(), order, detached: true, startedAt: 1 };
}

/** A book whose runs end when they are told to, all at once, and what it could not write down. */
function bookIn(place: Place): {
  readonly book: RunBook;
  readonly journal: Journal;
  readonly endAll: () => Promise<void>;
  readonly unwritten: string[];
} {
  const unwritten: string[] = [];
  const journal = new Journal(place);
  const ends: ((end: RunEnd) => void)[] = [];
  const book = new RunBook({
    journal,
    carryOut: () => new Promise((resolve) => ends.push(resolve)),
    onUnwritten: (id) => unwritten.push(id),
    onChange: () => {},
  });
  const endAll = async (): Promise<void> => {
    for (const end of ends) end(failed);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { book, journal, endAll, unwritten };
}

function startsOf(place: Place, id: string): unknown {
  return JSON.parse(readFileSync(requestFileOf(place, id), 'utf8')).starts;
}

test('what breaks while a coordinator ends is no end of a run: nobody is told, and the next goes on', async () => {
  const place = newPlace();
  const { book, endAll } = bookIn(place);
  const run = await book.start(opening());
  const told: RunEnd[] = [];
  run.watch({ event: () => {}, ended: (end) => told.push(end) }, 0);
  await book.close();
  await endAll();
  expect(told).toEqual([]);
  const left = await new Journal(place).takeUp(() => expect.unreachable());
  expect(left).toMatchObject([{ id: run.opening.id }]);
});

test('ends in good order are not held against a run, however many; kills are', async () => {
  const place = newPlace();
  const { id } = opening();
  const first = bookIn(place);
  await first.book.start({ ...opening(), id });
  await first.book.close();
  for (let end = 0; end < 5; end += 1) {
    const { book, journal } = bookIn(place);
    for (const left of await journal.takeUp(() => expect.unreachable())) book.resume(left);
    expect(startsOf(place, id)).toBe(1);
    await Promise.all([book.close(), book.close()]);
    expect(startsOf(place, id)).toBe(0);
  }
  for (const starts of [1, 2, 3]) {
    expect(await new Journal(place).takeUp(() => expect.unreachable())).toHaveLength(1);
    expect(startsOf(place, id)).toBe(starts);
  }
});

test('a run ends also where nobody can write down that it is over', async () => {
  const place = newPlace();
  const { book, endAll, unwritten } = bookIn(place);
  const { opening: begun } = await book.start(opening());
  const file = requestFileOf(place, begun.id);
  rmSync(file);
  // What is a folder is not removed as a file.
  mkdirSync(join(file, 'in the way'), { recursive: true });
  await endAll();
  expect(book.statuses).toMatchObject([{ run: begun.id, state: 'failed' }]);
  expect(unwritten).toEqual([begun.id]);
  expect(readdirSync(join(place.folder, 'requests'))).toHaveLength(1);
});
