import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dispatch, endCoordinators } from '../../../test/e2e/dispatch.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { groupBuilder } from '../../../test/farm/group-builders.ts';
import { newestNix } from '../../../test/farm/installed-nix.ts';
import { machine, median, seconds, table, times } from '../figures.ts';
import { groupOf, pairOf } from './group-works.ts';

const roles = ['board', 'driver', 'observer'];
/** How often the start is measured; building is measured in fewer runs. */
const starts = 20;
const sleepSeconds = 1;

/** One start of a group, in milliseconds. */
interface Start {
  /** From the first member's first act to the last one's. */
  readonly skewMs: number;
  /** From the moment at which all have their places to the start: inputs, sockets and the record. */
  readonly stagingMs: number;
}

class GroupBench {
  readonly #farm: Farm;
  readonly #dispatch: Dispatch;
  #evaluated = 0;

  constructor(farm: Farm) {
    this.#farm = farm;
    this.#dispatch = new Dispatch(farm);
  }

  /** A word that no derivation has had before. */
  salt(): string {
    this.#evaluated += 1;
    return `${process.pid}-${this.#evaluated}`;
  }

  /** Builds an expression with our command, whose coordinator runs already. */
  async build(expression: string): Promise<{ seconds: number; output: string; events: string }> {
    const file = join(this.#farm.folder, 'bench.nix');
    writeFileSync(file, expression);
    const words = ['build', '-j', '0', '--no-link', '--debug', '--builders', this.#farm.machines];
    const begin = performance.now();
    const { code, stdout, stderr } = await this.#dispatch.run([...words, '-f', file]);
    const taken = (performance.now() - begin) / 1000;
    if (code !== 0) throw new Error(stderr);
    const path = this.#farm.hub.daemon.realPath(stdout.trim());
    return { seconds: taken, output: readFileSync(path, 'utf8'), events: stderr };
  }

  async start(): Promise<Start> {
    const { output, events } = await this.build(groupOf(roles, 0, this.salt()));
    const begun = output
      .trim()
      .split('\n')
      .map((nanoseconds) => Number(nanoseconds) / 1e6);
    return {
      skewMs: Math.max(...begun) - Math.min(...begun),
      stagingMs: timeOf(events, 'group-started') - timeOf(events, 'group-reserved'),
    };
  }
}

/** Unix milliseconds at which a run told of an event of this type. */
function timeOf(events: string, type: string): number {
  const line = events.split('\n').find((one) => one.includes(`"type":"${type}"`));
  if (line === undefined) throw new Error(`the run never told of ${type}`);
  return (JSON.parse(line) as { time: number }).time;
}

interface Figures {
  readonly skewMs: readonly number[];
  readonly stagingMs: readonly number[];
  readonly groupSeconds: readonly number[];
  readonly singleSeconds: readonly number[];
}

async function measureAll(bench: GroupBench, runs: number): Promise<Figures> {
  // Not measured: the coordinator starts, and connections come up.
  await bench.start();
  const begun: Start[] = [];
  for (let run = 0; run < starts; run += 1) begun.push(await bench.start());
  const [groupSeconds, singleSeconds]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    const group = await bench.build(groupOf(roles, sleepSeconds, bench.salt()));
    const single = await bench.build(pairOf(sleepSeconds, bench.salt()));
    groupSeconds.push(group.seconds);
    singleSeconds.push(single.seconds);
    process.stderr.write(
      `group ${seconds(group.seconds)} s, single ${seconds(single.seconds)} s\n`,
    );
  }
  return {
    skewMs: begun.map(({ skewMs }) => skewMs),
    stagingMs: begun.map(({ stagingMs }) => stagingMs),
    groupSeconds,
    singleSeconds,
  };
}

function report({ skewMs, stagingMs, groupSeconds, singleSeconds }: Figures): string {
  const [group, single] = [median(groupSeconds), median(singleSeconds)];
  return table([
    ['three members', 'median', 'least', 'most'],
    ['start skew ms', ...spread(skewMs)],
    ['staging ms', ...spread(stagingMs)],
    [`sleep ${sleepSeconds} s each, s`, ...spread(groupSeconds, 2)],
    [`one sleep ${sleepSeconds} s, s`, ...spread(singleSeconds, 2)],
    ['group to one', times(group, single), '', ''],
  ]);
}

function spread(values: readonly number[], digits = 1): string[] {
  return [median(values), Math.min(...values), Math.max(...values)].map((one) =>
    one.toFixed(digits),
  );
}

const [, , file = 'bench-groups.json', runs = '5'] = process.argv;
const nix = newestNix();
const builders = ['one', 'two', 'three', 'four'].map((name) =>
  groupBuilder(name, { nix, slots: 4 }),
);
const farm = await startFarm({ builders, hub: { nix } });
try {
  const figures = await measureAll(new GroupBench(farm), Number(runs));
  writeFileSync(file, `${JSON.stringify({ machine: machine(), nix, ...figures }, null, 2)}\n`);
  process.stdout.write(report(figures));
  process.stdout.write(
    `Nix ${nix}; ${starts} starts, ${runs} runs of the builds in turn; in ${file}\n`,
  );
} finally {
  await endCoordinators(farm.folder);
  await farm[Symbol.asyncDispose]();
}
