import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorePath } from '@dispatch/nix/store-path';
import { machine, median, milliseconds, seconds, table, times } from '../figures.ts';
import { measure } from '../measure.ts';
import { BenchFarm } from './bench-farm.ts';
import { engineSeconds } from './engine.ts';
import { floorSeconds } from './floor.ts';
import { Stores } from './stores.ts';
import { chain, independent, type Work } from './works.ts';

const dispatch = join(import.meta.dirname, '../../../node_modules/.bin/dispatch');

/** The ways to do the same work; cold is a command that has to start its coordinator, warm the one after it. */
type Way = 'cold' | 'warm' | 'perConnection' | 'sharedMaster' | 'engine' | 'floor';

/** The ways for a thousand builds: with stock Nix they take minutes, and per build as long as a hundred do. */
const ownWays: readonly Way[] = ['cold', 'warm', 'engine', 'floor'];
const allWays: readonly Way[] = [...ownWays, 'perConnection', 'sharedMaster'];

/** Medians in seconds. */
type Figures = Readonly<Partial<Record<Way, number>>>;

interface Row {
  readonly work: string;
  readonly derivations: number;
  readonly figures: Figures;
}

/** All that one repetition needs. */
interface Bench {
  readonly farm: BenchFarm;
  readonly stores: Stores;
  readonly runs: number;
}

/**
 * Measures the ways in turn, each with new derivations, so that other work on the machine affects all of them.
 */
async function measureWork(bench: Bench, work: Work, ways: readonly Way[]): Promise<Row> {
  const taken = new Map<Way, number[]>(ways.map((way) => [way, []]));
  for (let run = 0; run < bench.runs; run += 1) {
    for (const way of ways) {
      const drvPaths = await bench.farm.instantiate(work.expression(bench.farm.salt()));
      const wall = await measures[way](bench, work, drvPaths);
      taken.get(way)?.push(wall);
      process.stderr.write(`${work.name}, ${way}: ${seconds(wall)} s\n`);
    }
  }
  const figures = Object.fromEntries([...taken].map(([way, values]) => [way, median(values)]));
  return { work: work.name, derivations: work.derivations, figures };
}

type Measure = (bench: Bench, work: Work, drvPaths: readonly StorePath[]) => Promise<number>;

const measures: Readonly<Record<Way, Measure>> = {
  cold: async ({ farm }, _, drvPaths) => {
    await farm.endCoordinator();
    return commandSeconds(farm, drvPaths);
  },
  warm: ({ farm }, _, drvPaths) => commandSeconds(farm, drvPaths),
  perConnection: ({ farm }, _, drvPaths) => nixSeconds(farm, drvPaths),
  sharedMaster: async ({ farm }, _, drvPaths) => {
    farm.shareSshMasters();
    try {
      return await nixSeconds(farm, drvPaths);
    } finally {
      farm.endSshMasters();
    }
  },
  engine: ({ farm, stores }, _, drvPaths) => engineSeconds(farm, stores, drvPaths),
  floor: ({ farm, stores }, work, drvPaths) => floorSeconds(farm, stores, drvPaths, work.isChain),
};

async function commandSeconds(farm: BenchFarm, drvPaths: readonly StorePath[]): Promise<number> {
  const words = ['build', '-j', '0', '--no-link', '--builders', farm.machines, ...drvPaths];
  return (await measure(dispatch, words, farm.environment)).seconds;
}

async function nixSeconds(farm: BenchFarm, drvPaths: readonly StorePath[]): Promise<number> {
  const remotely = ['--max-jobs', '0', '--builders', farm.stockMachines];
  const words = ['--realise', ...drvPaths, ...remotely];
  return (await measure('nix-store', words, farm.farm.hub.env)).seconds;
}

interface NothingToDo {
  /** Our command, which starts no coordinator for that. */
  readonly own: number;
  readonly nix: number;
  /** `node -e 0`. */
  readonly node: number;
  /** Our own command that only prints its version. */
  readonly start: number;
  /** `nix-store --version` likewise: to run another version, a mount namespace may have to be made first. */
  readonly nixStart: number;
}

/** Measures a run of which everything is in the hub already. */
async function measureNothing({ farm, runs }: Bench, work: Work): Promise<NothingToDo> {
  const drvPaths = await farm.instantiate(work.expression(farm.salt()));
  await commandSeconds(farm, drvPaths);
  const taken: Record<keyof NothingToDo, number[]> = {
    own: [],
    nix: [],
    node: [],
    start: [],
    nixStart: [],
  };
  for (let run = 0; run < runs; run += 1) {
    await farm.endCoordinator();
    taken.own.push(await commandSeconds(farm, drvPaths));
    taken.nix.push(await nixSeconds(farm, drvPaths));
    taken.node.push((await measure(process.execPath, ['-e', '0'], farm.environment)).seconds);
    taken.start.push((await measure(dispatch, ['--version'], farm.environment)).seconds);
    const version = await measure('nix-store', ['--version'], farm.farm.hub.env);
    taken.nixStart.push(version.seconds);
  }
  return {
    own: median(taken.own),
    nix: median(taken.nix),
    node: median(taken.node),
    start: median(taken.start),
    nixStart: median(taken.nixStart),
  };
}

/** Stock Nix as users have it, and as they can make it faster. */
const peers = [
  ['--builders', 'perConnection'],
  ['… shared SSH', 'sharedMaster'],
] as const;

function report(rows: readonly Row[], nothing: NothingToDo): string {
  const head = ['work', 'cold s', 'warm s', 'peer', 'peer s', 'cold is faster', 'warm is faster'];
  const lines = rows.flatMap(({ work, figures }) =>
    peers.map(([name, way]) => [
      work,
      seconds(figures.cold),
      seconds(figures.warm),
      name,
      seconds(figures[way]),
      times(figures[way], figures.cold),
      times(figures[way], figures.warm),
    ]),
  );
  const engineHead = ['work', 'engine s', 'floor s', 'engine/floor', 'engine ms a build'];
  const engineLines = rows.map(({ work, derivations, figures: { engine, floor } }) => [
    work,
    seconds(engine),
    seconds(floor),
    times(engine, floor),
    engine === undefined ? '' : ((engine * 1000) / derivations).toFixed(1),
  ]);
  const idle =
    `nothing to do: dispatch ${milliseconds(nothing.own)}, nix-store -r ${milliseconds(nothing.nix)}, without Node's start ${times(nothing.own - nothing.node, nothing.nix)}; ` +
    `Node alone starts in ${milliseconds(nothing.node)}, dispatch --version in ${milliseconds(nothing.start)}, ` +
    `nix-store --version in ${milliseconds(nothing.nixStart)}\n`;
  return `${table([head, ...lines])}\n${table([engineHead, ...engineLines])}\n${idle}`;
}

async function main(farm: BenchFarm, file: string, runs: number): Promise<void> {
  using stores = new Stores(farm);
  const bench: Bench = { farm, stores, runs };
  // Not measured: connections come up, and code is compiled.
  await measureWork({ ...bench, runs: 1 }, independent(16), ['engine', 'floor']);
  const hundred = independent(100);
  const rows = [
    await measureWork(bench, hundred, allWays),
    await measureWork(bench, chain(30), allWays),
    await measureWork(bench, independent(1000), ownWays),
  ];
  const nothing = await measureNothing(bench, hundred);
  const figures = { runs, machine: machine(), nix: farm.nixVersion, rows, nothing };
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  process.stdout.write(report(rows, nothing));
  process.stdout.write(
    `Nix ${farm.nixVersion} everywhere; medians of ${runs} runs in turn; in ${file}\n`,
  );
}

const [, , file = 'bench-builds.json', runs = '5'] = process.argv;
await BenchFarm.with((farm) => main(farm, file, Number(runs)));
