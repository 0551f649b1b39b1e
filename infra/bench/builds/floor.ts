import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { HubDerivations } from '@dispatch/engine/read/hub-derivations';
import { readClosure } from '@dispatch/engine/read/read-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import { decodeDerivation } from '@dispatch/nix/aterm/parse';
import { pathInfoForCopy, type ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import {
  addMultipleToStore,
  type PathWithNar,
} from '@dispatch/protocol/operations/add-multiple-to-store';
import { buildDerivation } from '@dispatch/protocol/operations/build-derivation';
import { narsFromPaths } from '@dispatch/protocol/operations/nar-from-path';
import { queryPathInfos } from '@dispatch/protocol/operations/query-path-info';
import type { BenchFarm } from './bench-farm.ts';
import type { Stores } from './stores.ts';

/** A connection to a builder, and what it has built. */
interface Lane {
  readonly builder: DaemonStore;
  readonly connection: DaemonConnection;
  readonly close: () => void;
  readonly built: StorePath[];
}

/**
 * Seconds for nothing but BuildDerivation on connections that are up, as many as there are slots, and then the
 * copying of the same outputs from each builder to the hub in one stream. There is no graph, plan, root or
 * record: nobody could do the same work with less.
 */
export async function floorSeconds(
  bench: BenchFarm,
  stores: Stores,
  drvPaths: readonly StorePath[],
  isChain: boolean,
): Promise<number> {
  const source = new HubDerivations(stores.hub, bench.farm.hub.daemon.root);
  const nodes = await readClosure(drvPaths, source);
  const lanes = await openLanes(stores, isChain);
  const hub = await Promise.all(stores.builders.map(() => stores.hub.pool.dedicated()));
  try {
    const start = performance.now();
    await buildAll(isChain ? nodes.toReversed() : nodes, lanes);
    await Promise.all(
      stores.builders.map(({ store }, index) => copy(lanes, store, hub[index]?.connection)),
    );
    return (performance.now() - start) / 1000;
  } finally {
    for (const lane of [...lanes, ...hub]) lane.close();
  }
}

async function openLanes({ builders }: Stores, isChain: boolean): Promise<Lane[]> {
  const wanted = isChain ? builders.slice(0, 1) : builders;
  const lanes = wanted.flatMap(({ machine, store }) =>
    Array.from({ length: isChain ? 1 : machine.maxJobs }, async () => {
      const opened = await store.pool.dedicated();
      const close = (): void => opened.close();
      return { builder: store, connection: opened.connection, close, built: [] };
    }),
  );
  return Promise.all(lanes);
}

async function buildAll(nodes: readonly DerivationNode[], lanes: readonly Lane[]): Promise<void> {
  const outputs = new Map(nodes.map((node) => [node.path, outputPathsOf(node)]));
  const left = [...nodes].toReversed();
  await Promise.all(
    lanes.map(async ({ connection, built }) => {
      for (let node = left.pop(); node !== undefined; node = left.pop()) {
        const inputs = node.text.inputDrvs.flatMap(({ path }) => outputs.get(path) ?? []);
        await build(connection, node, inputs);
        built.push(...outputPathsOf(node));
      }
    }),
  );
}

/** Does one BuildDerivation, which must really build. */
export async function build(
  connection: DaemonConnection,
  node: DerivationNode,
  inputSrcs: readonly StorePath[],
): Promise<void> {
  const { outputs, system, builder, args, env } = decodeDerivation(node.text);
  const derivation = { outputs, inputSrcs, system, builder, args, env };
  const request = { drvPath: node.path, derivation, mode: 'normal' } as const;
  const { status, errorMessage } = await buildDerivation(connection, request);
  if (status !== 'Built') throw new Error(`${node.path}: ${status} ${errorMessage}`);
}

async function copy(
  lanes: readonly Lane[],
  builder: DaemonStore,
  hub: DaemonConnection | undefined,
): Promise<void> {
  const own = lanes.filter((lane) => lane.builder === builder);
  const paths = own.flatMap(({ built }) => built);
  const [first] = own;
  if (first === undefined || hub === undefined || paths.length === 0) return;
  const items = streamed(first.connection, paths);
  const request = { items, count: paths.length, repair: false, dontCheckSigs: true };
  await addMultipleToStore(hub, request);
}

async function* streamed(
  connection: DaemonConnection,
  paths: readonly StorePath[],
): AsyncGenerator<readonly PathWithNar[]> {
  const infos = (await queryPathInfos(connection, paths)).map(toCopy);
  let at = 0;
  for await (const nars of narsFromPaths(connection, infos)) {
    const from = at;
    at += nars.length;
    yield nars.map((nar, index) => ({ info: infos[from + index] as ValidPathInfo, nar }));
  }
}

function toCopy(info: ValidPathInfo | undefined): ValidPathInfo {
  if (info === undefined) throw new Error('a builder lost what it built');
  return pathInfoForCopy(info);
}
