import type { StepId } from '@dispatch/scheduler/event';
import { randomNumbers, skewed } from '../seeded.ts';

/** A group of a simulated run: its members begin and end together. */
export interface GroupJob {
  readonly name: string;
  /** How many members want a machine of each kind. */
  readonly wants: readonly number[];
  readonly durationMs: number;
  /** What it took the last time, which is never quite the same. */
  readonly rememberedMs: number;
}

/** What is to be packed, and into how much. */
export interface GroupWork {
  readonly groups: readonly GroupJob[];
  /** How many machines of one slot there are of each kind. */
  readonly machines: readonly number[];
}

const medianMs = 600_000;
const spread = 0.8;
const rememberedSpread = 0.2;

/** Makes so many groups for these machines; each wants what one of the sizes says of each kind. */
export function groupWork(
  seed: number,
  count: number,
  sizes: readonly (readonly number[])[],
  machines: readonly number[],
): GroupWork {
  const random = randomNumbers(seed);
  const groups = Array.from({ length: count }, (_, at) => {
    const durationMs = skewed(random, medianMs, spread);
    const rememberedMs = skewed(random, durationMs, rememberedSpread);
    const wants = sizes[Math.floor(random() * sizes.length)] ?? [];
    return { name: `g${at}`, wants, durationMs, rememberedMs };
  });
  return { groups, machines };
}

/** No packing ends earlier: all work of a kind on all its machines, or the longest group. */
export function boundMs({ groups, machines }: GroupWork): number {
  const perKind = machines.map((count, kind) => {
    const work = groups.map(({ wants, durationMs }) => (wants[kind] ?? 0) * durationMs);
    return work.reduce((sum, one) => sum + one, 0) / count;
  });
  return Math.max(...perKind, ...groups.map(({ durationMs }) => durationMs));
}

/** The step of that name. */
export function stepId(name: string): StepId {
  return `/nix/store/00000000000000000000000000000000-${name}.drv` as StepId;
}
