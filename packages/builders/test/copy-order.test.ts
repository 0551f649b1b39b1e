import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inBatches, referencesFirst } from '../src/copy-order.ts';
import type { Found } from '../src/missing-paths.ts';

function pathOf(n: number): StorePath {
  return parseStorePath(`/nix/store/${String(n).padStart(32, '0')}-p`);
}

function infoOf(n: number, references: readonly number[], narSize = 100): ValidPathInfo {
  return {
    path: pathOf(n),
    references: references.map(pathOf),
    narSize,
    narHash: '0'.repeat(64),
    deriver: undefined,
    registrationTime: 0,
    ultimate: false,
    signatures: [],
    contentAddress: '',
  };
}

/** As a search finds them, in parts of some length; what is beyond the graph is in the target. */
async function* foundOf(infos: readonly ValidPathInfo[], length: number): AsyncGenerator<Found> {
  const own = new Set(infos.map((info) => info.path));
  for (let at = 0; at < infos.length; at += length) {
    const missing = infos.slice(at, at + length);
    const references = missing.flatMap((info) => info.references);
    yield { missing, present: references.filter((path) => !own.has(path)) };
  }
}

async function orderOf(found: AsyncIterable<Found>): Promise<readonly ValidPathInfo[][]> {
  const ordered: ValidPathInfo[][] = [];
  for await (const infos of referencesFirst(found)) ordered.push([...infos]);
  return ordered;
}

async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Graphs in which each path may refer to itself, to earlier ones, and to what is not in it. */
const graphs = fc.integer({ min: 0, max: 40 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, n) =>
      fc
        .uniqueArray(fc.oneof(fc.integer({ min: 0, max: n }), fc.constant(900 + n)), {
          maxLength: 6,
        })
        .map((references) => infoOf(n, references)),
    ),
  ),
);

describe('the order of copying', () => {
  it('has references before what refers to them, and each path once', async () => {
    await fc.assert(
      fc.asyncProperty(
        graphs.chain((infos) => fc.shuffledSubarray(infos, { minLength: infos.length })),
        fc.integer({ min: 1, max: 20 }),
        async (infos, length) => {
          const ordered = (await orderOf(foundOf(infos, length))).flat();
          const position = new Map(ordered.map((info, at) => [info.path, at]));
          expect(position.size).toBe(infos.length);
          const late = ordered.filter((info, at) =>
            info.references.some((path) => path !== info.path && (position.get(path) ?? -1) > at),
          );
          expect(late).toEqual([]);
        },
      ),
    );
  });

  it('gives each path as soon as all that it refers to has its place', async () => {
    const found = [
      { missing: [infoOf(1, [2, 900]), infoOf(4, [])], present: [] },
      { missing: [infoOf(2, [3])], present: [pathOf(900)] },
      { missing: [], present: [pathOf(3)] },
    ];
    const parts = await orderOf(toAsync(found));
    const names = parts.map((part) => part.map((info) => info.path));
    expect(names).toEqual([[pathOf(4)], [], [pathOf(2), pathOf(1)]]);
  });

  it('does not exist for paths that refer to each other', async () => {
    const infos = [infoOf(1, [2]), infoOf(2, [3]), infoOf(3, [1]), infoOf(4, [])];
    await expect(orderOf(foundOf(infos, 2))).rejects.toThrow('cycle of references');
  });
});

describe('batches', () => {
  it('keep the order and the limit; only a path that is larger itself is beyond it', () => {
    const infos = fc.array(fc.integer({ min: 0, max: 300 }).map((size) => infoOf(0, [], size)));
    fc.assert(
      fc.property(infos, (ordered) => {
        const batches = inBatches(ordered, 200);
        expect(batches.flat()).toEqual(ordered);
        const sizes = batches.filter((batch) => batch.length > 1).map(totalSize);
        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(200);
      }),
    );
  });
});

function totalSize(batch: readonly ValidPathInfo[]): number {
  return batch.reduce((sum, info) => sum + info.narSize, 0);
}
