import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { DaemonStore } from '../src/daemon-store.ts';
import { type NarSource, supplyNars } from '../src/nar-supply.ts';
import { addText, storeOf } from './store-content.ts';

let farm: Farm;
let store: DaemonStore;
let infos: ValidPathInfo[];
const { signal } = new AbortController();

function sourceOn(connection: DaemonConnection): NarSource {
  return { connection, name: 'source', explain: async (error) => error };
}

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'source' }] });
  store = storeOf(farm.builder('source'));
  const paths = [];
  for (let at = 0; at < 200; at += 1) {
    paths.push(await addText(store, `text-${at}`, [], 'x'.repeat(at < 190 ? 9 : 900_000)));
  }
  const known = await store.pathInfos(paths);
  infos = paths.map((path) => known.get(path)!);
});

afterAll(async () => {
  store?.close();
  await farm?.[Symbol.asyncDispose]();
});

describe('the supply of NARs', () => {
  it('gives more than are asked for at once in the order of the list, over one connection', async () => {
    const given = await store.pool.withConnection(async (connection) => {
      const paths: string[] = [];
      for await (const nars of supplyNars(sourceOn(connection), infos, signal)) {
        for (const { info, nar } of nars) {
          if (!(nar instanceof Uint8Array)) for await (const _ of nar);
          paths.push(info.path);
        }
      }
      expect(connection.usable).toBe(true);
      return paths;
    });
    expect(given).toEqual(infos.map((info) => info.path));
  });

  it('given up before its end takes the connection with it', async () => {
    await store.pool.withConnection(async (connection) => {
      for await (const _ of supplyNars(sourceOn(connection), infos, signal)) break;
      expect(connection.usable).toBe(false);
    });
    expect(store.pool.size.open).toBe(0);
  });
});
