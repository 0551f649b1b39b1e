import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { DaemonStore } from '../src/daemon-store.ts';
import { NarSupply } from '../src/nar-supply.ts';
import { addText, storeOf } from './store-content.ts';

let farm: Farm;
let store: DaemonStore;
let paths: StorePath[];

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'source' }] });
  store = storeOf(farm.builder('source'));
  paths = [];
  for (let at = 0; at < 30; at += 1) {
    paths.push(await addText(store, `small-${at}`, [], 'x'.repeat(900_000)));
  }
});

afterAll(async () => {
  store?.close();
  await farm?.[Symbol.asyncDispose]();
});

async function supplyOfAll(): Promise<NarSupply> {
  const infos = await store.pathInfos(paths);
  return new NarSupply(
    store,
    paths.map((path) => infos.get(path)!),
    new AbortController().signal,
  );
}

/** Long enough for everything to be read ahead that may be. */
function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

describe('the supply of NARs', () => {
  it('gives them in order, however many are read at a time', async () => {
    const supply = await supplyOfAll();
    const given: StorePath[] = [];
    for await (const { info, nar } of supply.inOrder()) {
      let size = 0;
      for await (const piece of nar) size += piece.length;
      expect(size).toBe(info.narSize);
      given.push(info.path);
    }
    expect(given).toEqual(paths);
    await supply.close();
    expect(supply.failure).toBeUndefined();
  });

  it('ends when it is closed, whatever waits for room', async () => {
    const supply = await supplyOfAll();
    const given = supply.inOrder();
    await given.next();
    await aWhile();
    await supply.close();
    expect(supply.failure).toBeUndefined();
    expect(await store.validPaths(paths.slice(0, 1))).toEqual(new Set(paths.slice(0, 1)));
  });
});
