import { median } from '../../figures.ts';
import { bestPackingMs } from './best-packing.ts';
import { boundMs, type GroupWork, groupWork } from './group-work.ts';
import { playGroupsMs } from './play-groups.ts';

/** How well groups are packed: when they end, in multiples of the best packing or of a lower bound for it. */
export interface PackingRow {
  readonly what: string;
  readonly against: 'best packing' | 'lower bound';
  readonly cases: number;
  readonly median: number;
  readonly worst: number;
}

const seeds = Array.from({ length: 20 }, (_, at) => at + 1);

/** Sizes by kind of machine: all alike, of three sizes, and of two kinds of machines. */
const shapes = [
  { name: 'groups of 4', sizes: [[4]], small: [8], large: [16] },
  { name: 'groups of 2, 4 and 6', sizes: [[2], [4], [6]], small: [10], large: [16] },
  {
    name: 'groups of 4, 1 to 3 of them with a board',
    sizes: [
      [1, 3],
      [2, 2],
      [3, 1],
    ],
    small: [4, 4],
    large: [8, 8],
  },
] as const;

/** Measures 100 groups on 16 machines against a lower bound, and 7 on fewer against the best packing. */
export function measurePackings(): PackingRow[] {
  return shapes.flatMap(({ name, sizes, small, large }) => [
    row(`7 ${name} on ${total(small)} machines`, 'best packing', (seed) => {
      const work = groupWork(seed, 7, sizes, small);
      return playGroupsMs(work) / bestPackingMs(work);
    }),
    row(`100 ${name} on ${total(large)} machines`, 'lower bound', (seed) => {
      const work: GroupWork = groupWork(seed, 100, sizes, large);
      return playGroupsMs(work) / boundMs(work);
    }),
  ]);
}

function row(
  what: string,
  against: PackingRow['against'],
  ratioOf: (seed: number) => number,
): PackingRow {
  const ratios = seeds.map(ratioOf);
  return { what, against, cases: seeds.length, median: median(ratios), worst: Math.max(...ratios) };
}

function total(machines: readonly number[]): number {
  return machines.reduce((sum, count) => sum + count, 0);
}
