import { afterEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger.ts';
import { maximumEpoch } from '../../src/poison-record.ts';
import { change, drv, identity, path, record } from '../support/samples.ts';

/** What every backend's PoisonLedger does. `open` gives an empty ledger each time. */
export function poisonLedgerContract(open: () => Promise<Ledger>): void {
  const ledgers: Ledger[] = [];
  const opened = async (): Promise<Ledger['poison']> => {
    const ledger = await open();
    ledgers.push(ledger);
    return ledger.poison;
  };
  afterEach(async () => {
    for (const ledger of ledgers.splice(0)) await ledger.close();
  });
  const a = identity('a', 'a-out', 'a-dev');

  describe('append', () => {
    test('the first poison is serial 1, and each further one a serial higher', async () => {
      const poison = await opened();
      const first = await poison.append(change(a));
      const second = await poison.append(change(a, 'poison', { author: 'bob', reason: 'again' }));
      expect([first.record?.epoch, second.record?.epoch]).toEqual([1, 2]);
      expect(second.standing).toEqual({ serial: 2, knownEpoch: 2, record: second.record });
      expect(second.record).toMatchObject({ author: 'bob', reason: 'again', effect: 'poison' });
    });

    test('a clear takes an epoch of its own, which no later poison uses again', async () => {
      const poison = await opened();
      await poison.append(change(a));
      const cleared = await poison.append(change(a, 'clear'));
      expect(cleared.standing).toMatchObject({ serial: 0, knownEpoch: 2 });
      expect((await poison.append(change(a))).standing.serial).toBe(3);
    });

    test('a clear of what is not poisoned writes nothing and says so', async () => {
      const poison = await opened();
      expect(await poison.append(change(a, 'clear'))).toEqual({
        record: undefined,
        standing: { serial: 0, knownEpoch: 0, record: undefined },
      });
      await poison.append(change(a));
      await poison.append(change(a, 'clear'));
      const again = await poison.append(change(a, 'clear'));
      expect([again.record, again.standing.knownEpoch]).toEqual([undefined, 2]);
      expect(await poison.records()).toHaveLength(2);
    });

    test('a carried serial is a floor, for poisons and for clears', async () => {
      const poison = await opened();
      expect((await poison.append(change(a), { above: 41 })).record?.epoch).toBe(42);
      expect((await poison.append(change(a), { above: 7 })).record?.epoch).toBe(43);
      const b = identity('b', 'b-out');
      const cleared = await poison.append(change(b, 'clear'), { above: 5 });
      expect(cleared.record?.epoch).toBe(6);
      expect(cleared.standing.serial).toBe(0);
    });

    test('the last epoch is 2^31; after it, and for a mad floor, nothing is written', async () => {
      const poison = await opened();
      const last = await poison.append(change(a), { above: maximumEpoch - 1 });
      expect(last.standing.serial).toBe(2 ** 31);
      await expect(poison.append(change(a))).rejects.toMatchObject({ code: 'epoch-out-of-range' });
      for (const above of [maximumEpoch, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
        const b = change(identity('b'));
        await expect(poison.append(b, { above })).rejects.toMatchObject({
          code: 'epoch-out-of-range',
        });
      }
      expect(await poison.records()).toHaveLength(1);
    });

    test('what an export could not carry is refused, and nothing is written', async () => {
      const poison = await opened();
      const bad = [
        change(a, 'poison', { reason: '' }),
        change(a, 'poison', { reason: 'x'.repeat(10_001) }),
        change(a, 'poison', { author: 'ann\u001b[2J' }),
        change(a, 'poison', { author: 'two\nlines' }),
        change(a, 'poison', { time: Number.NaN }),
        change({ drvPath: path('not-a-drv'), outputPaths: [] }),
        change({ drvPath: drv('x'), outputPaths: ['relative' as ReturnType<typeof path>] }),
      ];
      for (const each of bad) {
        await expect(poison.append(each)).rejects.toMatchObject({ code: 'bad-record' });
      }
      expect(await poison.records()).toEqual([]);
    });
  });

  describe('records that share a path are one history', () => {
    test('found by the derivation, by each output, and by another derivation with one', async () => {
      const poison = await opened();
      await poison.append(change(a));
      const asked = [
        a,
        { drvPath: drv('a'), outputPaths: [] },
        identity('fetched-otherwise', 'a-out'),
        identity('fetched-otherwise', 'else', 'a-dev'),
        identity('unrelated', 'unrelated-out'),
      ];
      const serials = (await poison.lookup(asked)).map((standing) => standing.serial);
      expect(serials).toEqual([1, 1, 1, 1, 0]);
    });

    test('transitively, and joined late: the bridge goes above both sides', async () => {
      const poison = await opened();
      const [left, right] = [identity('l', 'x'), identity('r', 'y')];
      await poison.append(change(left));
      for (let n = 0; n < 4; n += 1) await poison.append(change(right));
      const bridge = await poison.append(change(identity('m', 'x', 'y')));
      expect(bridge.record?.epoch).toBe(5);
      const standings = await poison.lookup([left, right]);
      expect(standings.map((standing) => standing.serial)).toEqual([5, 5]);
      expect(await poison.history([drv('l')])).toHaveLength(6);
      expect((await poison.append(change(left))).record?.epoch).toBe(6);
      expect((await poison.lookup([right]))[0]?.serial).toBe(6);
    });

    test('an asked identity may itself span two histories: the higher counts', async () => {
      const poison = await opened();
      await poison.append(change(identity('l', 'x')));
      await poison.append(change(identity('r', 'y')), { above: 8 });
      expect((await poison.lookup([identity('m', 'x', 'y')]))[0]?.serial).toBe(9);
      expect((await poison.history([path('x'), path('y')])).map((r) => r.epoch)).toEqual([9, 1]);
    });

    test('the one that counts comes first', async () => {
      const poison = await opened();
      await poison.append(change(a));
      await poison.append(change(a, 'clear'));
      await poison.append(change(a));
      expect((await poison.history([path('a-dev')])).map((r) => r.epoch)).toEqual([3, 2, 1]);
      expect(await poison.history([path('unknown')])).toEqual([]);
    });
  });

  describe('merge', () => {
    test('says what is new, what was known and which serials change', async () => {
      const poison = await opened();
      await poison.append(change(a));
      const known = await poison.records();
      const b = identity('b', 'b-out');
      const report = await poison.merge([...known, record(a, 3), record(b, 1)]);
      expect(report).toEqual({
        added: 2,
        alreadyKnown: 1,
        changes: [
          { identity: a, before: 1, after: 3 },
          { identity: b, before: 0, after: 1 },
        ].toSorted((x, y) => (x.identity.drvPath < y.identity.drvPath ? -1 : 1)),
      });
    });

    test('a dry run says the same and writes nothing', async () => {
      const poison = await opened();
      const records = [record(a, 1), record(a, 2, { effect: 'clear' }), record(identity('b'), 7)];
      const foretold = await poison.merge(records, { dryRun: true });
      expect(await poison.records()).toEqual([]);
      expect(await poison.merge(records)).toEqual(foretold);
      expect(foretold.changes.map((each) => each.after)).toEqual([7]);
    });

    test('a record that joins two histories changes the serial of the lower one', async () => {
      const poison = await opened();
      await poison.merge([record(identity('l', 'x'), 2), record(identity('r', 'y'), 5)]);
      const { changes } = await poison.merge([record(identity('m', 'x', 'y'), 3)]);
      const found = Object.fromEntries(
        changes.map((c) => [c.identity.drvPath, [c.before, c.after]]),
      );
      expect(found).toEqual({ [drv('l')]: [2, 5] });
    });

    test('at one epoch a poison wins over a clear, whichever came first', async () => {
      const records = [record(a, 4, { effect: 'clear', time: 9e12 }), record(a, 4)];
      for (const order of [records, records.toReversed()]) {
        const poison = await opened();
        for (const each of order) await poison.merge([each]);
        expect((await poison.lookup([a]))[0]).toMatchObject({ serial: 4, record: records[1] });
      }
    });

    test('thousands of records of one history are merged and looked up in a moment', async () => {
      const poison = await opened();
      const all = Array.from({ length: 2000 }, (_, at) => identity(`i${at}`, 'shared'));
      const [half, rest] = [all.slice(0, 1000), all.slice(1000)];
      const startedAt = performance.now();
      await poison.merge(half.map((each) => record(each, 1)));
      await poison.merge(rest.map((each) => record(each, 2)));
      const standings = await poison.lookup(all);
      expect(performance.now() - startedAt).toBeLessThan(5000);
      expect(standings.every(({ serial }) => serial === 2)).toBe(true);
    });

    test('two poisons of one epoch made apart are one serial, and the next goes above', async () => {
      const [mine, yours] = [await opened(), await opened()];
      await mine.append(change(a, 'poison', { author: 'me' }));
      await yours.append(change(a, 'poison', { author: 'you' }));
      await mine.merge(await yours.records());
      expect(await mine.records()).toHaveLength(2);
      expect((await mine.lookup([a]))[0]?.serial).toBe(1);
      expect((await mine.append(change(a))).record?.epoch).toBe(2);
    });

    test('a far jump is refused with all that came with it; a person may allow it', async () => {
      const poison = await opened();
      await poison.append(change(a));
      const far = [record(identity('b'), 1), record(a, 1002)];
      await expect(poison.merge(far)).rejects.toMatchObject({ code: 'far-jump' });
      await expect(poison.merge(far, { dryRun: true })).rejects.toMatchObject({ code: 'far-jump' });
      expect(await poison.records()).toHaveLength(1);
      await poison.merge([record(a, 1001)]);
      await poison.merge([record(identity('c'), 5000)], { maximumJump: 5000 });
      expect((await poison.lookup([identity('c')]))[0]?.serial).toBe(5000);
    });

    test('stepping stones in the same import do not make a far jump near', async () => {
      const poison = await opened();
      const stones = [1000, 2000, 3000].map((epoch) => record(a, epoch));
      await expect(poison.merge(stones)).rejects.toMatchObject({ code: 'far-jump' });
    });

    test('an epoch beyond 2^31 is refused', async () => {
      const poison = await opened();
      for (const epoch of [2 ** 31 + 1, 0, -1, 1.5]) {
        const merged = poison.merge([record(a, epoch)], { maximumJump: Number.POSITIVE_INFINITY });
        await expect(merged).rejects.toMatchObject({ code: 'bad-record' });
      }
    });
  });
}
