import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { withDescendants } from '../../../test/farm/processes.ts';
import { copyClosure } from '../src/copy-closure.ts';
import type { CopyProgress } from '../src/copy-progress.ts';
import type { DaemonStore } from '../src/daemon-store.ts';
import type { BuildersError } from '../src/errors.ts';
import type { RunRoots } from '../src/run-roots.ts';
import { addChain, addRandomFile, addText, storeOf, until } from './store-content.ts';

let farm: Farm;
let left: DaemonStore;
let right: DaemonStore;
let roots: RunRoots;

beforeEach(async () => {
  farm = await startFarm({
    builders: [
      { name: 'left', ssh: true },
      { name: 'right', ssh: true },
    ],
  });
  left = storeOf(farm.builder('left'));
  right = storeOf(farm.builder('right'));
  roots = right.holdRoots();
});

afterEach(async () => {
  roots?.close();
  left?.close();
  right?.close();
  await farm?.[Symbol.asyncDispose]();
});

/** Copies, and does something once the path is on its way. */
function copyAnd(path: StorePath, inTheMiddle: () => unknown, signal?: AbortSignal) {
  let done = false;
  return copyClosure({
    from: left,
    to: roots,
    paths: [path],
    signal,
    onProgress: ({ bytes }) => {
      if (bytes > 2_000_000 && !done) {
        done = true;
        void inTheMiddle();
      }
    },
  });
}

async function expectNothingOf(path: StorePath): Promise<void> {
  const fresh = storeOf(farm.builder('right'));
  expect((await fresh.validPaths([path])).size).toBe(0);
  fresh.close();
}

describe('a copy', () => {
  it('that finds other bytes in the source than were registered is refused', async () => {
    const path = await addRandomFile(farm.builder('left'), 'rotten', 3);
    const file = farm.builder('left').daemon.realPath(path);
    const bytes = readFileSync(file);
    bytes[2_500_000]! ^= 1;
    chmodSync(file, 0o644);
    writeFileSync(file, bytes);
    const copy = copyClosure({ from: left, to: roots, paths: [path] });
    await expect(copy).rejects.toMatchObject({ code: 'copy-refused', path, builder: left.name });
    await expectNothingOf(path);
  });

  it('that finds a longer file in the source is refused, and what comes before it is kept', async () => {
    const [top, bottom] = (await addChain(left, 'longer', 2)) as [StorePath, StorePath];
    const file = farm.builder('left').daemon.realPath(top);
    chmodSync(file, 0o644);
    writeFileSync(file, 'x'.repeat(5000));
    const copy = copyClosure({ from: left, to: roots, paths: [top] });
    await expect(copy).rejects.toMatchObject({ code: 'copy-refused', path: top });
    await expectNothingOf(top);
    expect((await right.validPaths([bottom])).size).toBeLessThanOrEqual(1);
  });

  it('leaves nothing half-copied when it is aborted, and its connections are not used again', async () => {
    const path = await addRandomFile(farm.builder('left'), 'aborted', 40);
    const abort = new AbortController();
    const copy = copyAnd(path, () => abort.abort(), abort.signal);
    await expect(copy).rejects.toMatchObject({ code: 'cancelled' });
    await expectNothingOf(path);
    await copyClosure({ from: left, to: roots, paths: [path] });
    expect((await right.validPaths([path])).size).toBe(1);
  });

  it('goes on for the one who still wants it when the one who began it gives up', async () => {
    const path = await addRandomFile(farm.builder('left'), 'wanted', 40);
    const abort = new AbortController();
    let second: Promise<unknown> | undefined;
    const first = copyAnd(
      path,
      async () => {
        const top = await addText(left, 'top', [path]);
        const other = right.holdRoots();
        second = copyClosure({ from: left, to: other, paths: [top] }).finally(() => other.close());
        await new Promise((resolve) => setTimeout(resolve, 50));
        abort.abort();
      },
      abort.signal,
    );
    // Whichever comes first, the abort or the end of the copy: the other caller gets its paths.
    const outcome = await first.then(
      () => 'arrived',
      (error: BuildersError) => error.code,
    );
    expect(['arrived', 'cancelled']).toContain(outcome);
    await second;
    expect((await right.validPaths([path])).size).toBe(1);
  });

  it('says which machine was lost when the source is killed, and works again once it is back', async () => {
    const path = await addRandomFile(farm.builder('left'), 'source', 40);
    const copy = copyAnd(path, () => killSessions('left'));
    await expect(copy).rejects.toMatchObject({ code: 'connection-lost', builder: left.name });
    await expectNothingOf(path);
    await farm.builder('left').stop();
    await farm.builder('left').start();
    await copyClosure({ from: left, to: roots, paths: [path] });
    expect((await right.validPaths([path])).size).toBe(1);
  });

  it('says which machine was lost when the target is killed', async () => {
    const path = await addRandomFile(farm.builder('left'), 'target', 40);
    const copy = copyAnd(path, () => killSessions('right'));
    await expect(copy).rejects.toMatchObject({ code: 'connection-lost', builder: right.name });
    await farm.builder('right').stop();
    await farm.builder('right').start();
    await expectNothingOf(path);
  });
});

describe('a copy of many small paths', () => {
  it('ends when the target is killed, although more was read ahead than may be held', async () => {
    const file = await addRandomFile(farm.builder('left'), 'seed', 1);
    const text = readFileSync(farm.builder('left').daemon.realPath(file)).toString('base64');
    const many: StorePath[] = [];
    for (let at = 0; at < 40; at += 1)
      many.push(await addText(left, `small-${at}`, [], text.slice(0, 900_000)));
    let arrived = 0;
    const onProgress = ({ bytes, total }: CopyProgress): void => {
      arrived += bytes === total ? 1 : 0;
      if (arrived === 5) killSessions('right');
    };
    const copy = copyClosure({ from: left, to: roots, paths: many, onProgress });
    await expect(copy).rejects.toMatchObject({ code: 'connection-lost', builder: right.name });
    await farm.builder('right').stop();
    await farm.builder('right').start();
    await copyClosure({ from: left, to: roots, paths: many });
    expect((await right.validPaths(many)).size).toBe(40);
  });
});

/** Kills an sshd and every daemon behind it, as when a machine loses power. */
function killSessions(name: string): void {
  for (const pid of withDescendants([farm.builder(name).ssh!.pid!])) process.kill(pid, 'SIGKILL');
}

describe('a store that does not trust us', () => {
  it('refuses an unsigned path, and the message says what to change', async () => {
    const strict = await startFarm({ builders: [{ name: 'strict', trusted: false }] });
    try {
      const store = storeOf(strict.builder('strict'));
      const path = await addRandomFile(farm.builder('left'), 'unsigned', 1);
      const info = (await left.pathInfo(path))!;
      const vouch = async () => new Map([[path, { ...info, contentAddress: '' }]]);
      const held = store.holdRoots();
      const copy = copyClosure({ from: left, to: held, paths: [path], vouch });
      await expect(copy).rejects.toMatchObject({ code: 'not-trusted', builder: store.name });
      await expect(copy).rejects.toThrow('trusted-users');
      expect((await store.facts()).trust).toBe('not-trusted');
      expect((await left.facts()).trust).toBe('trusted');
      held.close();
      store.close();
    } finally {
      await strict[Symbol.asyncDispose]();
    }
  });
});

describe('a large path', () => {
  it('is copied in little memory and never lands on disk here', async () => {
    const path = await addRandomFile(farm.builder('left'), 'large', 300);
    const [before, written] = [process.memoryUsage().rss, bytesWrittenToDisk()];
    let highest = before;
    const onProgress = () => {
      highest = Math.max(highest, process.memoryUsage().rss);
    };
    await copyClosure({ from: left, to: roots, paths: [path], onProgress });
    const mebibytes = Math.round((highest - before) / 2 ** 20);
    expect(mebibytes).toBeLessThan(120);
    expect(bytesWrittenToDisk() - written).toBeLessThan(20 * 2 ** 20);
    expect(statSync(farm.builder('right').daemon.realPath(path)).size).toBe(300 * 2 ** 20);
  }, 60_000);

  it('waits in its source for a target that takes nothing, and not in memory here', async () => {
    const path = await addRandomFile(farm.builder('left'), 'awaited', 100);
    const signalTarget = (name: NodeJS.Signals): void => {
      for (const pid of withDescendants([farm.builder('right').ssh!.pid!])) process.kill(pid, name);
    };
    let bytesDone = 0;
    let pausedAt: number | undefined;
    const before = process.memoryUsage().rss;
    const copy = copyClosure({
      from: left,
      to: roots,
      paths: [path],
      onProgress: ({ bytes }) => {
        bytesDone = bytes;
        if (bytes < 20_000_000 || pausedAt !== undefined) return;
        pausedAt = bytes;
        signalTarget('SIGSTOP');
      },
    });
    await until(() => pausedAt !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const [taken, grown] = [bytesDone - pausedAt!, process.memoryUsage().rss - before];
    signalTarget('SIGCONT');
    await copy;
    expect(taken).toBeLessThan(16 * 2 ** 20);
    expect(grown).toBeLessThan(120 * 2 ** 20);
    expect((await right.validPaths([path])).size).toBe(1);
  }, 60_000);
});

/** By this process; what it sends over a socket is not among it. */
function bytesWrittenToDisk(): number {
  const counters = readFileSync('/proc/self/io', 'latin1');
  return Number(/^write_bytes: (\d+)$/m.exec(counters)?.[1]);
}
