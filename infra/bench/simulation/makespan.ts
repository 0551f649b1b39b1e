import type { BuilderOffer } from '@dispatch/scheduler/event';
import type { GraphName } from '../../../test/data.ts';
import { median } from '../figures.ts';
import { boundsOf } from './bounds.ts';
import { farmOf } from './farm-of.ts';
import { type ListOrder, playList } from './play-list.ts';
import type { Played } from './play-run.ts';
import { playScheduler } from './play-scheduler.ts';
import { recordedWork } from './recorded-work.ts';

/** How long a package set takes on a farm, depending on who decides what is built where. */
export interface MakespanRow {
  readonly graph: GraphName;
  readonly farm: string;
  readonly jobs: number;
  /** Medians over the seeds. */
  readonly boundMs: number;
  /** The sharper bound, in multiples of `boundMs`. */
  readonly sharperBound: number;
  readonly dispatch: Outcome;
  readonly lists: Readonly<Record<ListOrder, Outcome>>;
}

/** Medians over the seeds. */
export interface Outcome {
  /** In multiples of the lower bound. */
  readonly ratio: number;
  readonly worstRatio: number;
  readonly copiedBytes: number;
}

const farms: Readonly<Record<string, readonly BuilderOffer[]>> = {
  '4 x 4 alike': farmOf(4, 4, [1]),
  '16 x 4 alike': farmOf(16, 4, [1]),
  '16 x 4, speeds 1 1 2 4': farmOf(16, 4, [1, 1, 2, 4]),
};
const orders: readonly ListOrder[] = ['depth', 'first in, first out', 'name'];
const seeds = [1, 2, 3, 4, 5];

/** Plays a graph on each farm; none where this clone does not have the graph. */
export function measureMakespans(graph: GraphName): MakespanRow[] {
  const works = seeds.map((seed) => recordedWork(graph, seed)).filter((one) => one !== undefined);
  const [first] = works;
  if (first === undefined) return [];
  return Object.entries(farms).map(([farm, offers]) => {
    const sharper = works.map((jobs) => boundsOf(jobs, offers));
    const bounds = sharper.map(({ usual }) => usual);
    const outcome = (play: (jobs: (typeof works)[number]) => Played): Outcome =>
      outcomeOf(works.map(play), bounds);
    const lists = orders.map((order) => [order, outcome((jobs) => playList(jobs, offers, order))]);
    return {
      graph,
      farm,
      jobs: first.length,
      boundMs: median(bounds),
      sharperBound: median(sharper.map((bound) => bound.sharper / bound.usual)),
      dispatch: outcome((jobs) => playScheduler(jobs, offers)),
      lists: Object.fromEntries(lists) as Record<ListOrder, Outcome>,
    };
  });
}

function outcomeOf(played: readonly Played[], bounds: readonly number[]): Outcome {
  const ratios = played.map(({ makespanMs }, at) => makespanMs / (bounds[at] ?? 0));
  return {
    ratio: median(ratios),
    worstRatio: Math.max(...ratios),
    copiedBytes: median(played.map(({ copiedBytes }) => copiedBytes)),
  };
}
