import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoordinatorConnection } from '@dispatch/coordinator/client/connection';
import { placeHolder } from '@dispatch/coordinator/place/claim';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  startAhead,
  startUserCoordinator,
  takeStartedAhead,
} from '../src/coordinator/start-ahead.ts';
import { ownVersion } from '../src/version.ts';
import { userPlace } from '../src/world/user-place.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  vi.stubEnv('XDG_STATE_HOME', home);
  vi.stubEnv('DISPATCH_IDLE_MINUTES', '0.01');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

it('the coordinator comes up before it is asked for, and is the one that is asked then, once', async () => {
  const place = userPlace({});
  startAhead(['build', '/nix/store/fircisx0a2lp99li6rvj4n4r2vvy405h-some.drv']);
  await vi.waitUntil(() => placeHolder(place) !== undefined, { timeout: 10_000 });
  const ahead = placeHolder(place);

  const { channel } = takeStartedAhead(place)!;
  const connection = await CoordinatorConnection.greet(channel, place, ownVersion());
  expect(connection?.greeting.pid).toBe(ahead);
  expect(takeStartedAhead(place)).toBeUndefined();
  expect(startUserCoordinator(place)).toBeUndefined();
  connection?.close();
  await vi.waitUntil(() => placeHolder(place) === undefined, { timeout: 10_000 });
});

it.each([
  ['plan', 'some.drv'],
  ['build', '--dry-run', 'some.drv'],
  ['build', '--help'],
  ['build', '--ledger', 'memory:', 'some.drv'],
  ['build', '--ledger=memory:', 'some.drv'],
])('none is started for %s %s', (...words) => {
  startAhead(words);
  expect(existsSync(userPlace({}).folder)).toBe(false);
});
