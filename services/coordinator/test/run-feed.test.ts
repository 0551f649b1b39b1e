import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { RunEvent } from '@dispatch/engine/events';
import { afterEach, expect, test } from 'vitest';
import { type Answer, asAnswer, longestAnswer } from '../src/messages/answer.ts';
import { KnownRun } from '../src/runs/known-run.ts';
import { RunFeed } from '../src/serve/run-feed.ts';
import { MessageSocket } from '../src/wire/message-socket.ts';
import { drvPath, order, runId } from './support/order.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();
let server: Server | undefined;

afterEach(() => server?.close());

/** Both ends of one real socket. */
async function pair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const path = join(newPlace().folder, 'pair');
  const listening = createServer().listen(path);
  server = listening;
  await once(listening, 'listening');
  const far = connect(path);
  const [near] = (await once(listening, 'connection')) as [Socket];
  near.on('error', () => {});
  return { near, far };
}

function line(text: string): RunEvent {
  return { type: 'step-log', step: drvPath, name: 'x', line: text };
}

function unusable(reason: string): RunEvent {
  return { type: 'builder-unusable', builder: 'b', reason };
}

function lost(reason: string): RunEvent {
  return { type: 'attempt-lost', step: drvPath, name: 'x', builder: 'b', reason };
}

const ended: RunEvent = { type: 'hub-away', reason: 'the last thing' };

test('who does not read costs nobody anything; when they read again, they hear what was left out', async () => {
  const { near, far } = await pair();
  far.pause();
  const run = new KnownRun({ id: runId(), order, detached: true, startedAt: 0 });
  const slow = new RunFeed(run, new MessageSocket(near, 1000));
  slow.begin(0);
  let heard = 0;
  run.watch({ event: () => (heard += 1), ended: () => {} }, 0);
  const lines = 100_000;
  for (let at = 0; at < lines; at += 1) {
    run.tell(line('x'.repeat(200)));
    if (at % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(heard).toBe(lines);
  // 4 MiB, and what was on its way in one turn.
  expect(near.writableLength).toBeLessThan(8 << 20);
  const answers = readAll(far);
  await expect.poll(() => near.writableLength).toBe(0);
  run.tell(ended);
  await expect.poll(() => answers.at(-1)).toMatchObject({ type: 'event', event: ended });
  const leftOut = answers.find(({ type }) => type === 'left-out');
  const told = answers.filter((each) => each.type === 'event' && each.event.type === 'step-log');
  expect(leftOut).toEqual({ type: 'left-out', lines: lines - told.length });
  far.destroy();
});

test('who does not even take what matters is hung up on', async () => {
  const { near, far } = await pair();
  far.pause();
  const run = new KnownRun({ id: runId(), order, detached: true, startedAt: 0 });
  const slow = new RunFeed(run, new MessageSocket(near, 1000));
  slow.begin(0);
  // More than waits in the socket, and then a million that wait behind it.
  for (let at = 0; at < 100; at += 1) run.tell(unusable('x'.repeat(1 << 20)));
  expect(slow.dropped).toBe(false);
  for (let at = 0; at < 1_000_000 && !slow.dropped; at += 1) run.tell(unusable('small'));
  expect(slow.dropped).toBe(true);
  expect(near.destroyed).toBe(true);
  far.destroy();
});

test('what is larger than may wait is told whole, while it happens and to those who come late', async () => {
  const run = new KnownRun({ id: runId(), order, detached: true, startedAt: 0 });
  const live = await feedOf(run);
  run.tell(lost('x'.repeat(65 << 20)));
  for (let at = 0; at < 10; at += 1) run.tell(lost('y'.repeat(1 << 20)));
  run.tell(ended);
  const late = await feedOf(run);
  for (const { feed, near, far } of [live, late]) {
    expect(near.writableLength).toBeLessThan(66 << 20);
    const answers = readAll(far);
    await expect.poll(() => answers.at(-1), { timeout: 20_000 }).toMatchObject({ event: ended });
    expect(answers.map((each) => each.type === 'event' && each.seq)).toEqual(
      Array.from({ length: 12 }, (_, at) => at + 1),
    );
    expect(feed.dropped).toBe(false);
    far.destroy();
  }
});

/** One that does not read yet. */
async function feedOf(run: KnownRun): Promise<{ feed: RunFeed; near: Socket; far: Socket }> {
  const { near, far } = await pair();
  far.pause();
  const feed = new RunFeed(run, new MessageSocket(near, 1000));
  feed.begin(0);
  await new Promise((resolve) => setImmediate(resolve));
  return { feed, near, far };
}

test('what no text can hold ends the conversation, and hurts nobody else', async () => {
  const { near, far } = await pair();
  const messages = new MessageSocket(near, 1000);
  const fault = new RangeError('Invalid string length');
  const closed = new Promise((resolve) => messages.listen({ message: () => {}, closed: resolve }));
  messages.send({
    toJSON: () => {
      throw fault;
    },
  });
  expect(await closed).toBe(fault);
  far.destroy();
});

function readAll(socket: Socket): Answer[] {
  const answers: Answer[] = [];
  const messages = new MessageSocket(socket, longestAnswer);
  messages.listen({ message: (value) => answers.push(asAnswer(value)), closed: () => {} });
  return answers;
}
