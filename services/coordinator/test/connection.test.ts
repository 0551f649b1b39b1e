import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { CoordinatorConnection } from '../src/client/connection.ts';
import { socketOf } from '../src/place/place.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();
const version = { release: '1.0.0', builtAt: 1 };
const greeting = { type: 'hello', version, pid: 1, instance: 'this one', running: 0 };
let server: Server | undefined;

afterEach(() => server?.close());

/** A connection with one that greets, says so much more when it is asked, and hangs up. */
async function connectionTo(words: string): Promise<CoordinatorConnection> {
  const place = newPlace();
  const listening = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(`${JSON.stringify(greeting)}\n`);
      socket.once('data', () => socket.end(words));
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(socketOf(place), resolve));
  return (await CoordinatorConnection.open(place, version))!;
}

async function answersOf(connection: CoordinatorConnection): Promise<unknown[]> {
  connection.send({ type: 'status' });
  const answers: unknown[] = [];
  for await (const answer of connection.answers()) answers.push(answer);
  return answers;
}

test('one that hangs up is only gone', async () => {
  const connection = await connectionTo('{"type":"steered"}\n');
  expect(await answersOf(connection)).toEqual([{ type: 'steered' }]);
});

test('what is no answer is told, and is not taken for a coordinator that was lost', async () => {
  const connection = await connectionTo('{"type":"nonsense"}\n');
  await expect(answersOf(connection)).rejects.toMatchObject({
    code: 'bad-message',
    message: expect.stringContaining('it sent {"type":"nonsense"}'),
  });
});
