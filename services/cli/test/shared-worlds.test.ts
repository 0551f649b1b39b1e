import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SharedWorlds } from '../src/serve/shared-worlds.ts';

const old = '20200101T000000-00000001';
let home: string;
let worlds: SharedWorlds;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  worlds = new SharedWorlds(`lmdb:${join(home, 'ledger')}`);
});

afterEach(async () => {
  await worlds.close();
  rmSync(home, { recursive: true });
});

function logsOf(run: string): string {
  return join(home, 'dispatch', 'logs', run);
}

test('the logs of a run that is under way are there, however many ran since; then they go', async () => {
  const environment = { HOME: home, XDG_STATE_HOME: home, NIX_CONF_DIR: home };
  const order = {
    store: `unix://${join(home, 'nobody')}`,
    builders: '',
    folder: home,
    environment,
  };
  const long = await worlds.lend(old, order);
  mkdirSync(logsOf(old), { recursive: true });
  for (let later = 0; later < 200; later += 1) {
    mkdirSync(logsOf(`20200102T000000-${String(later).padStart(8, '0')}`));
  }
  (await worlds.lend('20200103T000000-00000001', order)).giveBack(false);
  expect(existsSync(logsOf(old))).toBe(true);
  long.giveBack(false);
  (await worlds.lend('20200103T000000-00000002', order)).giveBack(false);
  expect(existsSync(logsOf(old))).toBe(false);
});
