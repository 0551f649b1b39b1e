import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '@dispatch/engine/events';
import { expect, test, vi } from 'vitest';
import type { RunEnd } from '../src/messages/answer.ts';
import { type Place, requestFileOf } from '../src/place/place.ts';
import { Journal } from '../src/runs/journal.ts';
import type { RunOpening } from '../src/runs/known-run.ts';
import { RunBook } from '../src/runs/run-book.ts';
import { drvPath, order, runId } from './support/order.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();
const failed: RunEnd = { type: 'failed', error: { message: 'its connections were closed' } };

function opening(): RunOpening {
  return { id: runId(), order, detached: true, startedAt: 1 };
}

/** A book whose runs end when they are told to, and what it could not write down. */
function bookIn(place: Place): {
  readonly book: RunBook;
  readonly journal: Journal;
  readonly endAll: () => Promise<void>;
  readonly endNewest: () => Promise<void>;
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
    for (const end of ends.splice(0)) end(failed);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const endNewest = async (): Promise<void> => {
    ends.pop()?.(failed);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { book, journal, endAll, endNewest, unwritten };
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

test('what a command left behind is stopped unless that asks for it again; what it detached goes on', async () => {
  using _ = fakeTimers();
  const { book } = bookIn(newPlace());
  const [asked, forgotten, left] = [false, false, true].map((detached) => ({
    ...opening(),
    detached,
  }));
  for (const each of [asked!, forgotten!, left!]) book.resume(each);
  await book.start(asked!);
  vi.advanceTimersByTime(29_000);
  expect(book.get(forgotten!.id).signal.aborted).toBe(false);
  vi.advanceTimersByTime(2000);
  expect(book.get(forgotten!.id).signal.aborted).toBe(true);
  vi.advanceTimersByTime(1_000_000);
  for (const { id } of [asked!, left!]) expect(book.get(id).signal.aborted).toBe(false);
});

function fakeTimers(): Disposable {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return { [Symbol.dispose]: () => void vi.useRealTimers() };
}

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

function plannedOf(count: number): RunEvent {
  const steps = Array.from({ length: count }, (_, at) => ({
    rewritten: drvPath,
    original: drvPath,
    name: `${at}`,
    system: 'x',
    outputs: [],
    dependencies: [],
    expectedMs: undefined,
  }));
  return { type: 'planned', steps, substitutes: [], present: 0, groups: [] };
}

test.each([
  [25, 10, 20],
  [4, 20_000, 2],
  [2, 60_000, 1],
])(
  'of %d runs with %d steps each the last %d to end can still be watched',
  async (runs, steps, kept) => {
    const { book, endNewest } = bookIn(newPlace());
    const openings = Array.from({ length: runs }, opening);
    for (const each of openings) (await book.start(each)).tell(plannedOf(steps));
    for (let at = 0; at < runs; at += 1) await endNewest();
    expect(book.statuses.map(({ run }) => run)).toEqual(
      openings.slice(0, kept).map(({ id }) => id),
    );
  },
);
