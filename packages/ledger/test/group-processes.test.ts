import { expect, test } from 'vitest';
import { childProcesses, until } from '../../../test/farm/child-scripts.ts';
import type { GroupAttempt } from '../src/group-attempt.ts';
import { LmdbEnvironment } from '../src/lmdb/environment.ts';
import { openLedger } from '../src/open-ledger.ts';
import type { StoredValues } from '../src/stored-values.ts';
import { attempt, commit, failure, hash } from './support/attempts.ts';
import { temporaryFolders } from './support/folder.ts';

const tables = [
  ['attemptHead', 'attempt-heads'],
  ['attempt', 'attempts'],
  ['attemptEnding', 'attempt-endings'],
] as const;
const race = attempt('race');
const folder = temporaryFolders();
const start = childProcesses(new URL('children/', import.meta.url));

test('killed in the middle of writing: what was promised holds, nothing is half committed', async () => {
  const url = `lmdb:${folder()}`;
  const told = new Map<string, string>();
  for (let round = 0; round < 4; round += 1) {
    const children = ['a', 'b'].map((name) => start('attempts.ts', url, `${name}${round}`));
    for (const child of children) await until(() => child.lines().length > 9, 'writes');
    await new Promise((resolve) => setTimeout(resolve, round * 8));
    for (const child of children) child.process.kill('SIGKILL');
    await Promise.all(children.map((child) => child.ended));
    for (const line of children.flatMap((child) => child.lines())) {
      const [what, key, mark] = JSON.parse(line) as [string, string, string];
      told.set(`${key} ${mark}`, what);
    }
    expect(await brokenPromises(url, told)).toEqual([]);
  }
}, 60_000);

/** What was told and is not so, or not further; and what runs though nobody is left. */
async function brokenPromises(url: string, told: ReadonlyMap<string, string>): Promise<unknown[]> {
  const ledger = await openLedger(url);
  const keys = [0, 1, 2, 3, 4].map((n) => hash(`group-${n}`));
  const found = [...(await ledger.groups.ofKeys(keys)).values()].flat();
  await ledger.close();
  const states = new Map(found.map((each) => [`${each.key} ${each.mark}`, each.state]));
  const broken = [...told].filter(([each, what]) => {
    const state = states.get(each) ?? 'forgotten';
    return what === 'begun' ? state === 'forgotten' : state !== what;
  });
  return [...broken, ...found.filter(({ state }) => state === 'running')];
}

test('what a killed process left can be told to have failed, and nothing else from then on', async () => {
  const url = `lmdb:${folder()}`;
  const child = start('one-attempt.ts', url);
  await until(() => child.lines().includes('ready'), 'ready');
  child.process.stdin?.write('go\n');
  await until(() => child.lines().includes('begun'), 'begun');
  child.process.kill('SIGKILL');
  await child.ended;
  const ledger = await openLedger(url);
  const { key, mark } = race;
  await ledger.groups.end(key, mark, failure(race));
  const late = ledger.groups.end(key, mark, commit(race));
  await expect(late).rejects.toMatchObject({ code: 'attempt-ended' });
  await ledger.close();
});

test('of two processes with one mark one begins; the attempt is interrupted once that is gone', async () => {
  const url = `lmdb:${folder()}`;
  const children = [start('one-attempt.ts', url), start('one-attempt.ts', url)];
  for (const child of children) await until(() => child.lines().includes('ready'), 'both ready');
  for (const child of children) child.process.stdin?.write('go\n');
  for (const child of children) await until(() => child.lines().length > 1, 'both answers');
  const answers = children.map((child) => child.lines()[1]);
  expect(new Set(answers)).toEqual(new Set(['begun', 'duplicate-attempt']));
  const ledger = await openLedger(url);
  const state = async () => (await ledger.groups.find('race', 1))[0]?.state;
  const winner = children.find((child) => child.lines().includes('begun'));
  for (const child of children.filter((each) => each !== winner)) child.process.kill('SIGKILL');
  expect(await state()).toBe('running');
  winner?.process.kill('SIGKILL');
  await winner?.ended;
  expect(await state()).toBe('interrupted');
  await ledger.close();
});

const { id, name, isTrial } = race;
const head = { key: race.key, mark: race.mark, id, name, isTrial, owner: { pid: 1, began: '' } };
const isNone = 7 as unknown as GroupAttempt;

test.each<[string, Partial<StoredValues>]>([
  ['an attempt without members', { attempt: { ...race, members: [] } }],
  ['another attempt', { attempt: attempt('race', 'b') }],
  ['something else', { attempt: isNone }],
  ['a head of something else', { attemptHead: { ...head, isTrial: 'x' as unknown as boolean } }],
  ['a commit without its record', { attemptHead: { ...head, ended: 'committed' } }],
  ['a record of another end', { attemptEnding: commit(race) }],
  [
    'half a commit',
    {
      attemptHead: { ...head, ended: 'committed' },
      attemptEnding: commit(race, { outputs: [] }),
    },
  ],
])('a record that is %s is not believed', async (_, stored) => {
  const directory = folder();
  const ledger = await openLedger(`lmdb:${directory}`);
  await ledger.groups.begin(race);
  const environment = LmdbEnvironment.open(directory);
  environment.write(() => {
    for (const [kind, table] of tables) {
      const value = stored[kind];
      if (value !== undefined) environment.table(table, kind).put(1, value);
    }
  });
  await environment.close();
  const corrupt = { code: 'corrupt' };
  await expect(ledger.groups.ofKeys([race.key])).rejects.toMatchObject(corrupt);
  await expect(ledger.groups.find('race', 1)).rejects.toMatchObject(corrupt);
  await ledger.close();
});
