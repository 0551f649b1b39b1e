import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ask } from '../src/client/ask.ts';
import { CoordinatorConnection } from '../src/client/connection.ts';
import { requestFileOf } from '../src/place/place.ts';
import type { LentWorld, WorldSource } from '../src/runs/world-source.ts';
import { Coordinator } from '../src/serve/coordinator.ts';
import { order, runId } from './support/order.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();
const version = { release: '1.0.0', builtAt: 1 };

/** Worlds in which every run breaks when they are closed, before that is done. */
function breakingWorlds(): WorldSource {
  const breaking: ((reason: Error) => void)[] = [];
  return {
    lend: () => new Promise<LentWorld>((_, reject) => breaking.push(reject)),
    builders: [],
    steer: () => {},
    ledger: () => new Promise(() => {}),
    close: async () => {
      for (const fail of breaking) fail(new Error('the connection was closed'));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('a run that breaks because its coordinator ends is left for the next one', async () => {
  const place = newPlace();
  const coordinator = await Coordinator.start({
    place,
    version,
    worlds: breakingWorlds(),
    log: { info: () => {}, warn: () => {} },
    idleMs: Infinity,
  });
  const run = runId();
  const connection = await CoordinatorConnection.open(place, version);
  await ask(connection!, { type: 'build', run, order, detached: true, since: 0 }, 'accepted');
  coordinator.end('it is told to');
  await coordinator.ended;
  expect(existsSync(requestFileOf(place, run))).toBe(true);
});
