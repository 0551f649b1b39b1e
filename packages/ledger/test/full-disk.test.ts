import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childProcesses } from '../../../test/farm/child-scripts.ts';
import { SmallDisk } from '../../../test/small-disk.ts';
import { LedgerError } from '../src/errors.ts';
import { exportLedger } from '../src/export-lines.ts';
import type { Ledger } from '../src/ledger.ts';
import { openLedger } from '../src/open-ledger.ts';
import { temporaryFolders } from './support/folder.ts';
import { change, identity, step } from './support/samples.ts';

const mayMount = process.getuid?.() === 0;

describe.skipIf(!mayMount)('a full state disk (a real, small one)', () => {
  const folder = temporaryFolders();
  const start = childProcesses(new URL('children/', import.meta.url));
  let disk: SmallDisk;
  beforeEach(() => {
    disk = new SmallDisk(folder(), '4m');
  });
  afterEach(() => disk[Symbol.dispose]());

  const url = () => `lmdb:${join(disk.folder, 'ledger')}`;

  test('writing until it is full: a clear error, nothing lost, and room makes it work again', async () => {
    const ledger = await openLedger(url());
    disk.fill(1024 * 1024 + 64 * 1024);
    const written = await poisonUntilFull(ledger);
    expect(written).toBeGreaterThan(3);
    const before = await exportLedger(ledger);
    expect(before.split('\n')).toHaveLength(written + 2);
    const run = ledger.runs.begin({ id: 'r', startedAt: 1, roots: [] });
    await expect(run.then(() => ledger.runs.recordSteps('r', bigSteps()))).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(await exportLedger(ledger)).toBe(before);
    await ledger.close();

    const again = await openLedger(url());
    expect(await exportLedger(again)).toBe(before);
    disk.makeRoom();
    const { record } = await again.poison.append(change(identity('big0')));
    expect(record?.epoch).toBe(2);
    await again.close();
  });

  test('writing until it is full prints nothing', async () => {
    await (await openLedger(url())).close();
    disk.fill(1024 * 1024 + 256 * 1024);
    const child = start('fill.ts', url());
    expect([await child.ended, child.errors(), child.lines()]).toEqual([0, '', ['disk-full']]);
  });

  test.each([0, 4096, 8192, 64 * 1024])(
    'a new ledger with %d bytes left: a clear error, not a signal',
    async (free) => {
      disk.fill(free);
      const child = start('open.ts', url());
      expect([await child.ended, child.errors()]).toEqual([1, '']);
      expect(child.lines()).toEqual([
        'disk-full',
        `state disk full at ${join(disk.folder, 'ledger')}: nothing was recorded; free space or set XDG_STATE_HOME`,
      ]);
    },
  );
});

async function poisonUntilFull(ledger: Ledger): Promise<number> {
  const reason = 'why '.repeat(1000);
  for (let n = 0; n < 1000; n += 1) {
    try {
      await ledger.poison.append(change(identity(`big${n}`), 'poison', { reason }));
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== 'disk-full') throw error;
      return n;
    }
  }
  throw new Error('the disk never got full');
}

function bigSteps(): ReturnType<typeof step>[] {
  return Array.from({ length: 1000 }, (_, n) => step(`s${n}`));
}
