import { collectGarbage } from '@dispatch/protocol/operations/collect-garbage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DelayRelay } from '../../../test/farm/delay-relay.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { copyClosure } from '../src/copy-closure.ts';
import type { CopyProgress } from '../src/copy-progress.ts';
import type { DaemonStore } from '../src/daemon-store.ts';
import {
  addChain,
  addFan,
  addRandomFile,
  addText,
  storeAt,
  storeOf,
  until,
} from './store-content.ts';

/** So long that what the machines themselves take hardly counts, however busy they are. */
const oneWayMs = 250;

let farm: Farm;
let left: DaemonStore;
let right: DaemonStore;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'left' }, { name: 'right', ssh: true }] });
  left = storeOf(farm.builder('left'));
  right = storeOf(farm.builder('right'));
});

afterAll(async () => {
  left?.close();
  right?.close();
  await farm?.[Symbol.asyncDispose]();
});

describe('copying a closure', () => {
  it('brings a path with all that it refers to, over SSH too', async () => {
    const chain = await addChain(left, 'chain', 20);
    const roots = right.holdRoots();
    const summary = await copyClosure({ from: left, to: roots, paths: [chain.at(0)!] });
    expect(summary.paths).toBe(20);
    expect(await right.validPaths(chain)).toEqual(new Set(chain));
    const [before, after] = await Promise.all([left.pathInfos(chain), right.pathInfos(chain)]);
    for (const path of chain) {
      const { narHash, narSize, references } = before.get(path)!;
      expect(after.get(path)).toMatchObject({ narHash, narSize, references });
    }
    roots.close();
  });

  it('sends only what the target lacks, and nothing the second time', async () => {
    const chain = await addChain(left, 'partly', 6);
    const roots = right.holdRoots();
    expect(await copyClosure({ from: left, to: roots, paths: [chain.at(3)!] })).toMatchObject({
      paths: 3,
    });
    expect(await copyClosure({ from: left, to: roots, paths: chain })).toMatchObject({ paths: 3 });
    expect(await copyClosure({ from: left, to: roots, paths: chain })).toMatchObject({
      paths: 0,
      bytes: 0,
    });
    roots.close();
  });

  it('reports how far each path is', async () => {
    const path = await addRandomFile(farm.builder('left'), 'five', 5);
    const seen: CopyProgress[] = [];
    const roots = right.holdRoots();
    const { bytes } = await copyClosure({
      from: left,
      to: roots,
      paths: [path],
      onProgress: (one) => seen.push(one),
    });
    const begun = { pathsDone: 0, pathsTotal: 1, bytesDone: 0, bytesTotal: bytes };
    expect(seen[0]).toEqual({ path, bytes: 0, total: bytes, copy: begun });
    const done = { ...begun, pathsDone: 1, bytesDone: bytes };
    expect(seen.at(-1)).toEqual({ path, bytes, total: bytes, copy: done });
    expect(seen.length).toBeGreaterThan(10);
    roots.close();
  });

  it('sends each path once however many want it at once', async () => {
    const shared = await addChain(left, 'shared', 30);
    const tops = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => addText(left, `top-${n}`, [shared.at(0)!])),
    );
    const roots = right.holdRoots();
    const counts = new Map<string, number>();
    const onProgress = ({ path, bytes, total }: CopyProgress): void => {
      if (bytes === total) counts.set(path, (counts.get(path) ?? 0) + 1);
    };
    await Promise.all(
      [...tops, ...tops].map((top) =>
        copyClosure({ from: left, to: roots, paths: [top], onProgress }),
      ),
    );
    expect([...counts.values()].every((count) => count === 1)).toBe(true);
    expect(counts.size).toBe(38);
    expect((await right.validPaths(tops)).size).toBe(8);
    roots.close();
  });

  it('sends the first of many before the last is looked for, references first', async () => {
    const many = await addFan(left, 'fan', 300);
    const roots = right.holdRoots();
    const totals = new Set<number>();
    const onProgress = ({ copy }: CopyProgress): void => void totals.add(copy.pathsTotal);
    const { sent } = await copyClosure({ from: left, to: roots, paths: many, onProgress });
    expect(Math.min(...totals)).toBeLessThan(many.length);
    const position = new Map(sent.map(({ path }, at) => [path, at]));
    expect(position.size).toBe(many.length);
    const late = sent.filter(({ references }, at) =>
      references.some((path) => (position.get(path) ?? many.length) > at),
    );
    expect(late).toEqual([]);
    expect(await right.validPaths(many)).toEqual(new Set(many));
    roots.close();
  });

  it.each([
    ['from', 10],
    ['to', 7],
  ] as const)('%s a machine far away takes few ways there and back', async (far, atMost) => {
    const { ssh, machineLine, uri } = farm.builder('right');
    await using relay = await DelayRelay.start(ssh!.host, ssh!.port, oneWayMs);
    const away = storeAt(machineLine.replace(uri, `ssh-ng://root@127.0.0.1:${relay.port}`));
    const msBy = async (store: DaemonStore): Promise<number> => {
      const [from, to] = far === 'from' ? [store, left] : [left, store];
      const many = await addFan(
        far === 'from' ? right : left,
        `${store === away ? 'away' : 'near'}-${far}`,
        600,
      );
      const roots = to.holdRoots();
      await roots.add(many.slice(0, 1));
      await store.validPaths(many.slice(0, 1));
      const began = performance.now();
      const { paths } = await copyClosure({ from, to: roots, paths: many });
      const taken = performance.now() - began;
      roots.close();
      expect(paths).toBe(many.length);
      return taken;
    };
    const near = await msBy(right);
    expect((await msBy(away)) - near).toBeLessThan(atMost * 2 * oneWayMs);
    away.close();
  });

  it('says which path the source does not have', async () => {
    const missing = `/nix/store/${'0'.repeat(32)}-nowhere` as never;
    const roots = right.holdRoots();
    const copy = copyClosure({ from: left, to: roots, paths: [missing] });
    await expect(copy).rejects.toMatchObject({
      code: 'missing-path',
      path: missing,
      builder: left.name,
    });
    roots.close();
  });

  it('keeps what arrived from the garbage collector until the roots are closed', async () => {
    const chain = await addChain(left, 'kept', 2);
    // Kept connections hold roots of their own while they live: this store keeps none.
    const target = storeOf(farm.builder('right'), { maximumAgeSeconds: 0 });
    const roots = target.holdRoots();
    await copyClosure({ from: left, to: roots, paths: [chain.at(0)!] });
    await deleteGarbage(target);
    expect(await target.validPaths(chain)).toEqual(new Set(chain));
    roots.close();
    await until(async () => {
      await deleteGarbage(target);
      return (await target.validPaths(chain)).size === 0;
    });
    target.close();
  });
});

function deleteGarbage(store: DaemonStore): Promise<unknown> {
  return store.pool.withConnection((connection) =>
    collectGarbage(connection, { action: 'delete-dead', paths: [], maxFreed: undefined }),
  );
}

describe('what vouches for a path', () => {
  it('lets through what has the hash that it must have', async () => {
    const path = await addText(left, 'vouched');
    const known = await left.pathInfo(path);
    const roots = right.holdRoots();
    await copyClosure({
      from: left,
      to: roots,
      paths: [path],
      vouch: async () => new Map([[path, known!]]),
    });
    expect((await right.validPaths([path])).size).toBe(1);
    roots.close();
  });

  it('keeps out another hash, and what nobody knows', async () => {
    const path = await addText(left, 'doubted');
    const known = (await left.pathInfo(path))!;
    const roots = right.holdRoots();
    const copy = { from: left, to: roots, paths: [path] };
    const other = async () => new Map([[path, { ...known, narHash: '0'.repeat(64) }]]);
    await expect(copyClosure({ ...copy, vouch: other })).rejects.toMatchObject({
      code: 'copy-refused',
      path,
    });
    await expect(copyClosure({ ...copy, vouch: async () => new Map() })).rejects.toThrow(
      'nothing else vouches',
    );
    expect((await right.validPaths([path])).size).toBe(0);
    roots.close();
  });
});
