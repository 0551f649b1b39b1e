import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import { describe, expect, it } from 'vitest';
import { inLanes } from '../src/copy-lanes.ts';

function pathOf(index: number): StorePath {
  return parseStorePath(`/nix/store/${String(index).padStart(32, '0')}-p`);
}

function info(index: number, ...references: readonly number[]): ValidPathInfo {
  return {
    path: pathOf(index),
    deriver: undefined,
    narHash: '',
    references: references.map(pathOf),
    registrationTime: 0,
    narSize: 1,
    ultimate: false,
    signatures: [],
    contentAddress: '',
  };
}

describe('lanes', () => {
  it('divide many paths that have nothing to do with each other', () => {
    const infos = Array.from({ length: 1000 }, (_, index) => info(index, index));
    const lanes = inLanes(infos);
    expect(lanes.map((lane) => lane.length)).toEqual([250, 250, 250, 250]);
    expect(new Set(lanes.flat())).toEqual(new Set(infos));
  });

  it('are not worth it for few', () => {
    const infos = Array.from({ length: 199 }, (_, index) => info(index));
    expect(inLanes(infos)).toEqual([infos]);
  });

  it('keep a long chain together, and its order', () => {
    const chain = Array.from({ length: 100_000 }, (_, index) =>
      index === 0 ? info(0) : info(index, index - 1),
    );
    expect(inLanes(chain)).toEqual([chain]);
  });

  it('keep together what refers to the same, or is referred to by the same', () => {
    // Two stars: 300 that refer to number 0, and number 900 that refers to 300 others.
    const leaves = Array.from({ length: 300 }, (_, index) => info(index + 1, 0));
    const inner = Array.from({ length: 300 }, (_, index) => info(index + 401));
    const top = info(900, ...inner.map((_, index) => index + 401));
    const lanes = inLanes([info(0), ...leaves, ...inner, top, info(1000)]);
    const laneOf = (index: number): number =>
      lanes.findIndex((lane) => lane.some(({ path }) => path === pathOf(index)));
    expect(new Set(leaves.map((_, index) => laneOf(index + 1)))).toEqual(new Set([laneOf(0)]));
    expect(new Set(inner.map((_, index) => laneOf(index + 401)))).toEqual(new Set([laneOf(900)]));
    expect(laneOf(0)).not.toBe(laneOf(900));
    expect(lanes[laneOf(0)]?.at(0)).toEqual(info(0));
    expect(lanes.flat()).toHaveLength(603);
  });
});
