import { afterEach, expect, test } from 'vitest';
import type { GroupAttempt } from '../../src/group-attempt.ts';
import type { Groups } from '../../src/groups.ts';
import type { Ledger } from '../../src/ledger.ts';
import { type Retention, usualRetention } from '../../src/retention.ts';
import { attempt, commit, failure, hash } from '../support/attempts.ts';
import { path } from '../support/samples.ts';

/** What every backend's Groups does. `open` gives an empty ledger each time. */
export function groupsContract(open: (retention?: Retention) => Promise<Ledger>): void {
  const ledgers: Ledger[] = [];
  const opened = async (attempts = usualRetention.attempts): Promise<Groups> => {
    const ledger = await open({ ...usualRetention, attempts });
    ledgers.push(ledger);
    return ledger.groups;
  };
  afterEach(async () => {
    for (const ledger of ledgers.splice(0)) await ledger.close();
  });
  const can = attempt('can');

  test('an attempt is known from its beginning, and by its commit from then on', async () => {
    const groups = await opened();
    await groups.begin(can);
    const running = { ...can, state: 'running', ending: undefined };
    expect(await groups.ofKeys([can.key])).toEqual(new Map([[can.key, [running]]]));
    await groups.end(can.key, can.mark, commit(can));
    const ended = { ...can, state: 'committed', ending: commit(can) };
    expect(await groups.ofKeys([can.key, hash('other'), can.key])).toEqual(
      new Map([[can.key, [ended]]]),
    );
    expect(await groups.ofKeys([])).toEqual(new Map());
  });

  test('attempts of one combination stand in the order in which they began, others apart', async () => {
    const groups = await opened();
    const all = [can, attempt('lin'), attempt('can', 'b'), attempt('can', 'a')];
    for (const each of all) await groups.begin(each);
    const found = await groups.ofKeys([hash('can'), hash('lin')]);
    expect(marksOf(found.get(hash('can')))).toEqual(['first', 'b', 'a']);
    expect(marksOf(found.get(hash('lin')))).toEqual(['first']);
  });

  test('a mark is given once, whatever became of it', async () => {
    const groups = await opened();
    await groups.begin(can);
    const taken = { code: 'duplicate-attempt' };
    await expect(groups.begin(can)).rejects.toMatchObject(taken);
    await groups.end(can.key, can.mark, failure(can));
    await expect(groups.begin({ ...can, run: 'r2' })).rejects.toMatchObject(taken);
    await groups.begin(attempt('lin'));
  });

  test('what an attempt came to stands for ever', async () => {
    const groups = await opened();
    for (const end of [failure(can), failure(can, { type: 'lost' }), commit(can)]) {
      const each = attempt('can', end.type);
      const fitting = end.type === 'committed' ? commit(each) : end;
      await groups.begin(each);
      await groups.end(each.key, each.mark, fitting);
      const over = { code: 'attempt-ended' };
      await expect(groups.end(each.key, each.mark, commit(each))).rejects.toMatchObject(over);
      await expect(groups.end(each.key, each.mark, failure(each))).rejects.toMatchObject(over);
    }
    const states = (await groups.ofKeys([can.key])).get(can.key)?.map(({ state }) => state);
    expect(states).toEqual(['failed', 'lost', 'committed']);
  });

  test('what was never begun cannot end', async () => {
    const groups = await opened();
    await groups.begin(can);
    for (const [key, mark] of [
      [can.key, 'other'],
      [hash('lin'), 'first'],
    ] as const) {
      const ended = groups.end(key, mark, commit(can));
      await expect(ended).rejects.toMatchObject({ code: 'unknown-attempt' });
    }
  });

  test.each([
    ['a member is not named', { members: commit(can).members.slice(1) }, 'success of board'],
    [
      'a member did not succeed',
      { members: commit(can).members.map((it) => ({ ...it, outcome: 'stopped' as const })) },
      'success of board',
    ],
    ['an output lacks', { outputs: commit(can).outputs.slice(1) }, path('board-first')],
    [
      'a stranger is named',
      { members: [...commit(can).members, { name: 'x', outcome: 'succeeded' as const }] },
      '"x"',
    ],
    [
      'a hash is none',
      { outputs: commit(can).outputs.map((it) => ({ ...it, narHash: 'x' })) },
      'narHash',
    ],
  ])('half a success is not committed: %s', async (_, rest, told) => {
    const groups = await opened();
    await groups.begin(can);
    const half = groups.end(can.key, can.mark, commit(can, rest));
    await expect(half).rejects.toMatchObject({ code: 'bad-attempt' });
    await expect(half).rejects.toThrow(told);
    expect((await groups.ofKeys([can.key])).get(can.key)?.[0]?.state).toBe('running');
    await groups.end(can.key, can.mark, commit(can));
  });

  test.each<[string, Partial<GroupAttempt>]>([
    ['a key that is no hash', { key: 'can' }],
    ['nobody in it', { members: [] }],
    ['two of one name', { members: [can.members, can.members].flat() }],
    ['a path that is none', { members: can.members.map((it) => ({ ...it, original: path('x') })) }],
  ])('an attempt with %s is refused', async (_, rest) => {
    const groups = await opened();
    const begun = groups.begin({ ...can, ...rest });
    await expect(begun).rejects.toMatchObject({ code: 'bad-attempt' });
    expect(await groups.find('can', 9)).toEqual([]);
  });

  test('a reason of any length is taken, its beginning kept', async () => {
    const groups = await opened();
    await groups.begin(can);
    const reason = `it broke ${'x'.repeat(100_000)}`;
    await groups.end(can.key, can.mark, failure(can, { cause: { reason } }));
    const [ended] = (await groups.ofKeys([can.key])).get(can.key) ?? [];
    expect(ended?.ending).toMatchObject({ cause: { reason: reason.slice(0, 10_000) } });
  });

  test('attempts are found by the name of their group or the beginning of their id', async () => {
    const groups = await opened();
    for (const mark of ['first', 'b', 'c']) await groups.begin(attempt('can', mark));
    await groups.begin(attempt('lin'));
    expect(marksOf(await groups.find('can', 2))).toEqual(['c', 'b']);
    expect(marksOf(await groups.find('can', 9))).toEqual(['c', 'b', 'first']);
    expect(marksOf(await groups.find(undefined, 9))).toEqual(['first', 'c', 'b', 'first']);
    expect(marksOf(await groups.find(undefined, 2))).toEqual(['first', 'c']);
    const { id } = attempt('can', 'b');
    for (const text of [id, id.slice(0, 8)]) {
      expect(marksOf(await groups.find(text, 9))).toEqual(['b']);
    }
    for (const text of [id.slice(0, 7), 'ca', '', id.slice(1)]) {
      expect(await groups.find(text, 9)).toEqual([]);
    }
  });

  test('the oldest go when there are too many', async () => {
    const groups = await opened(3);
    for (const mark of ['a', 'b', 'c', 'd']) await failed(groups, attempt('can', mark));
    expect(marksOf(await groups.find('can', 9))).toEqual(['d', 'c', 'b']);
    expect(marksOf((await groups.ofKeys([can.key])).get(can.key))).toEqual(['b', 'c', 'd']);
  });

  test('when there are too many, room is made for more than one', async () => {
    const groups = await opened(40);
    const left: number[] = [];
    for (let begun = 1; begun <= 44; begun += 1) {
      await failed(groups, attempt('can', `mark-${begun}`));
      left.push((await groups.find('can', 99)).length);
    }
    expect(left.slice(38)).toEqual([39, 40, 38, 39, 40, 38]);
    expect(marksOf(await groups.find('can', 1))).toEqual(['mark-44']);
  });

  test('what results hang on goes last: of each group the last commit; what runs stays', async () => {
    const groups = await opened(4);
    await groups.begin(attempt('runs'));
    await committed(groups, attempt('can', 'old'));
    await committed(groups, attempt('can', 'served'));
    await committed(groups, attempt('can', 'trial', { isTrial: true }));
    for (const mark of ['a', 'b', 'c']) await failed(groups, attempt('lin', mark));
    expect(await marksOfAll(groups)).toEqual(['runs: first', 'can: served', 'lin: b', 'lin: c']);
    for (const label of ['x', 'y', 'z']) await committed(groups, attempt(label));
    expect(await marksOfAll(groups)).toEqual(['runs: first', 'x: first', 'y: first', 'z: first']);
    await groups.end(hash('runs'), 'first', commit(attempt('runs')));
  });
}

async function failed(groups: Groups, each: GroupAttempt): Promise<void> {
  await groups.begin(each);
  await groups.end(each.key, each.mark, failure(each));
}

async function committed(groups: Groups, each: GroupAttempt): Promise<void> {
  await groups.begin(each);
  await groups.end(each.key, each.mark, commit(each));
}

function marksOf(attempts: readonly GroupAttempt[] | undefined): string[] {
  return (attempts ?? []).map(({ mark }) => mark);
}

async function marksOfAll(groups: Groups): Promise<string[]> {
  const keys = ['runs', 'can', 'lin', 'x', 'y', 'z'].map(hash);
  const found = [...(await groups.ofKeys(keys)).values()].flat();
  return found.map(({ name, mark }) => `${name}: ${mark}`);
}
