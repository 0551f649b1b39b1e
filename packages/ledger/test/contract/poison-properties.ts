import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportLedger } from '../../src/export-lines.ts';
import type { Identity } from '../../src/identity.ts';
import { identityPaths } from '../../src/identity.ts';
import type { Ledger } from '../../src/ledger.ts';
import type { PoisonRecord } from '../../src/poison-record.ts';
import { change, identity, record } from '../support/samples.ts';

const labels = ['a', 'b', 'c', 'd', 'e', 'f'];
const outputs = ['u', 'v', 'w', 'x', 'y'];

/** Few derivations and few outputs, so that they often share one, directly and by way of others. */
const identities: fc.Arbitrary<Identity> = fc
  .tuple(fc.constantFrom(...labels), fc.uniqueArray(fc.constantFrom(...outputs), { maxLength: 2 }))
  .map(([label, shared]) => identity(label, ...shared));

const records: fc.Arbitrary<PoisonRecord> = fc
  .record({
    of: identities,
    epoch: fc.integer({ min: 1, max: 6 }),
    effect: fc.constantFrom('poison' as const, 'clear' as const),
    author: fc.constantFrom('ann', 'bob'),
    time: fc.constantFrom(1_700_000_000_000, 1_800_000_000_000),
  })
  .map(({ of, epoch, ...rest }) => record(of, epoch, rest));

const sets = fc.array(records, { maxLength: 10 });

/** The rule as one would write it down, without thought for speed. */
function modelHistory(all: readonly PoisonRecord[], of: Identity): readonly PoisonRecord[] {
  const paths = new Set<string>(identityPaths(of));
  const found = new Set<PoisonRecord>();
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const each of all) {
      const own = identityPaths(each.identity);
      if (!own.some((path) => paths.has(path))) continue;
      found.add(each);
      for (const path of own) paths.add(path);
    }
  }
  return [...found];
}

function modelSerial(history: readonly PoisonRecord[]): number {
  const highest = Math.max(0, ...history.map((each) => each.epoch));
  return history.some((each) => each.epoch === highest && each.effect === 'poison') ? highest : 0;
}

/** The laws of DESIGN's ledger, for every backend. `open` gives an empty ledger each time. */
export function poisonLedgerProperties(open: () => Promise<Ledger>, numRuns: number): void {
  const merged = async (...parts: (readonly PoisonRecord[])[]): Promise<string> => {
    const ledger = await open();
    for (const part of parts) await ledger.poison.merge(part);
    const text = await exportLedger(ledger);
    await ledger.close();
    return text;
  };

  describe('laws', () => {
    test('merging is commutative, associative and idempotent', async () => {
      await fc.assert(
        fc.asyncProperty(sets, sets, sets, async (a, b, c) => {
          const all = await merged(a, b, c);
          expect(await merged(c, a, b)).toBe(all);
          expect(await merged([...a, ...b], c)).toBe(all);
          expect(await merged(a, [...b, ...c])).toBe(all);
          expect(await merged(a, b, c, b, a, c)).toBe(all);
        }),
        { numRuns },
      );
    });

    test('every identity stands as the plain rule says, whatever the order', async () => {
      await fc.assert(
        fc.asyncProperty(sets, sets, fc.array(identities), async (a, b, asked) => {
          const ledger = await open();
          await ledger.poison.merge(a);
          await ledger.poison.merge(b);
          const serials = (await ledger.poison.lookup(asked)).map((standing) => standing.serial);
          const model = asked.map((each) => modelSerial(modelHistory([...a, ...b], each)));
          await ledger.close();
          expect(serials).toEqual(model);
        }),
        { numRuns },
      );
    });

    test('nothing written after a merge reuses an epoch, and each is one above the rest', async () => {
      const appends = fc.array(fc.tuple(identities, fc.constantFrom('poison', 'clear')), {
        minLength: 1,
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(sets, appends, async (before, changes) => {
          const ledger = await open();
          await ledger.poison.merge(before);
          const all = [...before];
          for (const [of, effect] of changes) {
            const history = modelHistory(all, of);
            const highest = Math.max(0, ...history.map((each) => each.epoch));
            const { record: written, standing } = await ledger.poison.append(change(of, effect));
            const needless = effect === 'clear' && modelSerial(history) === 0;
            expect(written?.epoch).toBe(needless ? undefined : highest + 1);
            expect(standing.serial).toBe(effect === 'poison' ? highest + 1 : 0);
            if (written !== undefined) all.push(written);
          }
          await ledger.close();
        }),
        { numRuns },
      );
    });

    test('a report names exactly the recorded identities whose serial changes', async () => {
      await fc.assert(
        fc.asyncProperty(sets, sets, async (before, incoming) => {
          const ledger = await open();
          await ledger.poison.merge(before);
          const { changes } = await ledger.poison.merge(incoming);
          const union = [...before, ...incoming];
          const expected = union
            .map(({ identity: of }) => ({
              of: identityPaths(of).toSorted().join(),
              before: modelSerial(modelHistory(before, of)),
              after: modelSerial(modelHistory(union, of)),
            }))
            .filter((each) => each.before !== each.after);
          const found = changes.map((each) => ({
            of: identityPaths(each.identity).toSorted().join(),
            before: each.before,
            after: each.after,
          }));
          await ledger.close();
          expect(new Set(found.map((each) => JSON.stringify(each)))).toEqual(
            new Set(expected.map((each) => JSON.stringify(each))),
          );
        }),
        { numRuns },
      );
    });
  });
}
