import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { copyClosure } from '../src/copy-closure.ts';
import type { DaemonStore } from '../src/daemon-store.ts';
import { addChain, addText, storeOf } from './store-content.ts';

const stockNix = 'nix';
let farm: Farm;
let cache: string;
let left: DaemonStore;
let right: DaemonStore;

beforeAll(async () => {
  cache = mkdtempSync(join(tmpdir(), 'dispatch-cache-'));
  const settings = { substituters: `file://${cache}?trusted=true` };
  farm = await startFarm({ builders: [{ name: 'left' }, { name: 'right', settings }] });
  left = storeOf(farm.builder('left'));
  right = storeOf(farm.builder('right'));
});

afterAll(async () => {
  left?.close();
  right?.close();
  await farm?.[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true, force: true });
});

describe('a target that may substitute', () => {
  it('fetches what its cache has, and is sent only the rest', async () => {
    const chain = await addChain(left, 'cached', 3);
    const { daemon } = farm.builder('left');
    const env = { ...process.env, NIX_REMOTE: daemon.localUri, NIX_CONF_DIR: daemon.confDir };
    const copy = ['--extra-experimental-features', 'nix-command', 'copy', '--no-check-sigs'];
    execFileSync(stockNix, [...copy, '--to', `file://${cache}`, chain.at(0)!], {
      env,
      stdio: 'pipe',
    });
    const top = await addText(left, 'uncached', chain.slice(0, 1));
    const roots = right.holdRoots();
    const summary = await copyClosure({
      from: left,
      to: roots,
      paths: [top],
      maySubstitute: () => true,
    });
    expect(summary.paths).toBe(1);
    expect(await right.validPaths([top, ...chain])).toEqual(new Set([top, ...chain]));
    roots.close();
  });
});
