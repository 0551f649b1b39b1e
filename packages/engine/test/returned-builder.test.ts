import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, it } from 'vitest';
import { RunStores, type RunStoresOptions } from '../src/execute/run-stores.ts';
import { Locations } from '../src/stores/locations.ts';

const path = '/nix/store/00000000000000000000000000000000-made' as StorePath;
const { signal } = new AbortController();

/**
 * The stores of a run that lost a builder with its outputs; `ask` is called when the builder is asked for
 * them.
 */
function lost(ask: () => Promise<void>) {
  const store = {
    pathInfos: async (paths: readonly StorePath[]) => {
      await ask();
      return new Map(paths.map((one) => [one, { path: one }]));
    },
  } as unknown as DaemonStore;
  const options = {
    graph: DerivationGraph.closure([], []),
    members: new Set(),
    locations: new Locations(),
    holdings: { in: () => ({ add: async () => {} }) },
    provenance: { confirmed: async (infos: { path: StorePath }[]) => infos.map((one) => one.path) },
  };
  const stores = new RunStores(options as unknown as RunStoresOptions);
  stores.locations.add(path, store);
  stores.loseBuilder(store);
  return { stores, store };
}

it('what lay on a builder that goes away while it is asked for it is asked for at the next return', async () => {
  const faults = [new Error('the connection was lost')];
  const { stores, store } = lost(async () => {
    const fault = faults.pop();
    if (fault !== undefined) throw fault;
  });
  await expect(stores.recognise(store, signal)).rejects.toThrow('lost');
  stores.loseBuilder(store);
  await stores.recognise(store, signal);
  expect(stores.locations.holdersOf(path)).toEqual([store]);
});

it('what a builder says that goes away before it is dealt with counts from its next return on', async () => {
  let times = 0;
  const { stores, store } = lost(async () => {
    times += 1;
    if (times === 1) stores.loseBuilder(store);
  });
  await stores.recognise(store, signal);
  expect(stores.locations.isLost(path)).toBe(true);
  await stores.recognise(store, signal);
  expect(stores.locations.holdersOf(path)).toEqual([store]);
});
