import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { PriorityQueue } from '../src/priority-queue.ts';

interface Item {
  readonly order: number;
  rank: number;
}

function compare(a: Item, b: Item): number {
  return b.rank - a.rank || a.order - b.order;
}

/** What is done to which of the items, and the rank that it then has. */
const moves = fc.array(
  fc.record({
    isIn: fc.boolean(),
    order: fc.nat({ max: 299 }),
    rank: fc.nat({ max: 20 }),
  }),
  { maxLength: 1_000, size: 'max' },
);

it('has its items in order, whatever was put in, moved and taken out', () => {
  fc.assert(
    fc.property(moves, fc.nat({ max: 40 }), (history, count) => {
      const queue = new PriorityQueue(compare);
      const items = Array.from({ length: 300 }, (_, order): Item => ({ order, rank: 0 }));
      const inside = new Set<Item>();
      for (const { isIn, order, rank } of history) {
        const item = items[order]!;
        if (isIn) {
          item.rank = rank;
          inside.add(item);
          queue.put(item);
        } else {
          inside.delete(item);
          queue.delete(item);
        }
        expect(queue.has(item)).toBe(isIn);
      }
      const sorted = [...inside].toSorted(compare);
      const isEven = ({ order }: Item): boolean => order % 2 === 0;
      expect(queue.items()).toEqual(sorted);
      expect(queue.size).toBe(sorted.length);
      expect(queue.first()).toBe(sorted[0]);
      expect([...sorted.keys(), sorted.length].map((at) => queue.at(at))).toEqual([
        ...sorted,
        undefined,
      ]);
      expect(queue.firstFew(count, isEven)).toEqual(sorted.filter(isEven).slice(0, count));
    }),
    // Making so long a history shorter takes minutes.
    { numRuns: 200, endOnFailure: true },
  );
});
