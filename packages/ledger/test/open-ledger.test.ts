import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { childProcesses } from '../../../test/farm/child-scripts.ts';
import { defaultLedgerUrl } from '../src/default-location.ts';
import { openLedger } from '../src/open-ledger.ts';
import { temporaryFolders } from './support/folder.ts';
import { change, identity } from './support/samples.ts';

const folder = temporaryFolders();
const start = childProcesses(new URL('children/', import.meta.url));

/** What this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').map((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`);
    } catch {
      return '';
    }
  });
}

test('the default is below XDG_STATE_HOME, else below ~/.local/state', () => {
  expect(defaultLedgerUrl({ XDG_STATE_HOME: '/s', HOME: '/h' })).toBe('lmdb:/s/dispatch/ledger');
  expect(defaultLedgerUrl({ HOME: '/h' })).toBe('lmdb:/h/.local/state/dispatch/ledger');
  const own = join(userInfo().homedir, '.local/state/dispatch/ledger');
  expect(defaultLedgerUrl({})).toBe(`lmdb:${own}`);
  expect(defaultLedgerUrl({ HOME: '' })).toBe(`lmdb:${own}`);
  expect(defaultLedgerUrl({ XDG_STATE_HOME: 'relative', HOME: '/h' })).toBe(
    'lmdb:/h/.local/state/dispatch/ledger',
  );
});

test.each(['', 'lmdb:', 'memory:x', 'redis://localhost', '/a/path', 'lmdb'])(
  'the URL %j is refused with the ones that are not',
  async (url) => {
    const error = { code: 'bad-ledger-url', message: expect.stringContaining('lmdb:DIRECTORY') };
    await expect(openLedger(url)).rejects.toMatchObject(error);
  },
);

test('the folder is made for this user alone', async () => {
  const directory = join(folder(), 'state', 'dispatch');
  await (await openLedger(`lmdb:${directory}`)).close();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'data.mdb')).size).toBeLessThan(100_000);
});

test('it can be opened twice in one process, and closed twice', async () => {
  const url = `lmdb:${folder()}`;
  const [one, two] = [await openLedger(url), await openLedger(url)];
  await one.poison.append(change(identity('a')));
  await one.close();
  await one.close();
  expect((await two.poison.append(change(identity('a')))).record?.epoch).toBe(2);
  await two.close();
});

describe('one variable a ledger', () => {
  test('a ledger that is refused for another name is not left open', async () => {
    const directory = folder();
    const ledger = await openLedger(`lmdb:${directory}`);
    await ledger.poison.append(change(identity('a')));
    await ledger.close();
    const refused = openLedger(`lmdb:${directory}`, { variable: 'other' });
    await expect(refused).rejects.toMatchObject({ code: 'variable-mismatch' });
    expect(openFiles().filter((file) => file.startsWith(directory))).toEqual([]);
  });

  test('the default, kept; another name for a ledger with records is refused with both', async () => {
    const url = `lmdb:${folder()}`;
    const ledger = await openLedger(url);
    expect(ledger.variable).toBe('dispatchSerial');
    await ledger.poison.append(change(identity('a')));
    await ledger.close();
    await expect(openLedger(url, { variable: 'other' })).rejects.toMatchObject({
      code: 'variable-mismatch',
      message: expect.stringMatching(/'dispatchSerial'.*'other'/),
    });
  });

  test('a ledger without records may still take another, which then stays', async () => {
    const url = `lmdb:${folder()}`;
    const first = await openLedger(url);
    const second = await openLedger(url, { variable: 'other' });
    await expect(first.poison.append(change(identity('a')))).rejects.toMatchObject({
      code: 'variable-mismatch',
    });
    await second.poison.append(change(identity('a')));
    await first.close();
    await second.close();
    const third = await openLedger(url);
    expect(third.variable).toBe('other');
    await third.close();
  });

  test.each(['__json', 'args', '', 'a b', '1a', 'a=b', 'x'.repeat(101)])(
    '%j is no name',
    async (variable) => {
      await expect(openLedger('memory:', { variable })).rejects.toMatchObject({
        code: 'bad-variable',
      });
    },
  );
});

describe('a file that is no ledger is refused, not a signal', () => {
  const damage: readonly [string, (file: string) => void][] = [
    ['text', (file) => writeFileSync(file, 'hello\n'.repeat(5000))],
    ['a short text', (file) => writeFileSync(file, 'hello')],
    ['zeros', (file) => writeFileSync(file, new Uint8Array(65_536))],
    ['cut to a page', (file) => truncateSync(file, 4096)],
    ['cut to its headers', (file) => truncateSync(file, 8192)],
    ['cut in half', (file) => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096)],
    ['of another LMDB', (file) => writeFileSync(file, withByte(readFileSync(file), 28, 9))],
  ];

  test.each(damage)('%s', async (_, spoil) => {
    const directory = folder();
    const ledger = await openLedger(`lmdb:${directory}`);
    for (let n = 0; n < 50; n += 1) await ledger.poison.append(change(identity(`a${n}`)));
    await ledger.close();
    spoil(join(directory, 'data.mdb'));
    const child = start('open.ts', `lmdb:${directory}`);
    expect([await child.ended, child.errors()]).toEqual([1, '']);
    expect(child.lines()[0]).toBe('corrupt');
    expect(child.lines()[1]).toMatch(/Move .* away .*ledger import/);
  });

  test('a folder that cannot be made, at once', async () => {
    const child = start('open.ts', 'lmdb:/proc/dispatch/ledger');
    expect([await child.ended, child.lines()[0]]).toEqual([1, 'not-writable']);
  }, 10_000);

  test('a folder where a file should be, and a file where the folder should be', async () => {
    const parent = folder();
    writeFileSync(join(parent, 'file'), '');
    await expect(openLedger(`lmdb:${join(parent, 'file')}`)).rejects.toMatchObject({
      code: 'not-writable',
    });
    mkdirSync(join(parent, 'ledger', 'data.mdb'), { recursive: true });
    await expect(openLedger(`lmdb:${join(parent, 'ledger')}`)).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value;
  return bytes;
}
