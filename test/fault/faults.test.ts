import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dispatch, endCoordinators, type RunningDispatch } from '../e2e/dispatch.ts';
import { writeRecipes } from '../e2e/recipes.ts';
import type { ClientResult } from '../farm/hub.ts';
import type { NixDaemon } from '../farm/nix-daemon.ts';
import { processesOf } from '../farm/processes.ts';
import { FaultFarm } from './fault-farm.ts';
import { FaultThrower } from './fault-thrower.ts';
import { type Fate, type RandomGraph, randomGraph } from './random-graph.ts';
import { RunHistory } from './run-history.ts';
import { Seeded } from './seeded.ts';

/** Seconds after which no round begins; the first one always does. */
const seconds = Number(process.env['DISPATCH_FAULT_SECONDS'] ?? 10);
const firstSeed = Number(process.env['DISPATCH_FAULT_SEED'] ?? Math.floor(Math.random() * 1e9));
const steps = Number(process.env['DISPATCH_FAULT_STEPS'] ?? 120);

let faultFarm: FaultFarm;
let dispatch: Dispatch;
let temporary: string;
/** The prefix of a round's out-links; those of the last round are removed, and keep nothing. */
let links: string;

beforeAll(async () => {
  faultFarm = await FaultFarm.start();
  dispatch = new Dispatch(faultFarm.farm);
  temporary = join(faultFarm.farm.folder, 'tmp');
  mkdirSync(temporary);
  links = join(faultFarm.farm.folder, 'links', 'result');
});

afterAll(() => faultFarm?.[Symbol.asyncDispose]());

/** What happened in one round. */
interface Round {
  readonly seed: number;
  readonly graph: RandomGraph;
  /** The run at which faults were thrown, and one in peace after it. */
  readonly stormy: RunHistory;
  readonly calm: RunHistory;
  readonly ends: readonly ClientResult[];
  /**
   * Outputs that the stormy run said it had brought to the hub, and had not; garbage collected after its end does
   * not count.
   */
  readonly vanished: readonly string[];
  /** The faults. */
  readonly story: readonly string[];
  /**
   * The contents of the roots that can be built, as we and as plain Nix built them, by name: what is above a
   * group has other paths.
   */
  readonly ours: ReadonlyMap<string, string>;
  readonly plain: ReadonlyMap<string, string>;
}

/** Builds a graph while faults are thrown, and then once more in peace. */
async function playRound(seed: number): Promise<Round> {
  rmSync(dirname(links), { recursive: true, force: true });
  mkdirSync(dirname(links));
  const random = new Seeded(seed);
  const graph = randomGraph(random, `s${seed}`, steps);
  const file = writeRecipes(faultFarm.farm, graph.text);
  const plain = plainBuild(file);
  const began = Date.now();
  const running = build(file, stormyOptions, stormyWords);
  const { builders, hub } = faultFarm;
  const thrower = new FaultThrower(random, [...builders, hub], (target, broken) => {
    // Before that the run asks the hub what there is to do, and cannot go on without an answer.
    if (target === hub) return running.stderr.includes('"planned"');
    return builders.some((other) => other !== target && !broken.has(other));
  });
  const storm = await running.ended;
  const stormy = new RunHistory(storm.stderr);
  const gone = [...stormy.collected].filter((path) => !existsSync(hub.daemon.realPath(path)));
  // A run that failed makes no links, so nothing keeps what it built once it has ended.
  const mayBeGone =
    storm.code !== 0 && thrower.wasStriking('garbage collection', hub, stormy.lastTime);
  const vanished = mayBeGone ? [] : gone;
  const stormSeconds = (Date.now() - began) / 1000;
  await thrower.stop();
  const calm = await build(file).ended;
  const { story } = thrower;
  process.stdout.write(
    `seed ${seed}: ${steps} steps in ${stormSeconds.toFixed(1)} s, ${story.length} faults, ` +
      `${stormy.lost.size} steps lost on the way, ${stormy.givenUp} given up in the storm\n`,
  );
  return {
    seed,
    graph,
    stormy,
    story,
    vanished,
    ends: [storm, calm],
    calm: new RunHistory(calm.stderr),
    ours: contents(rootsOf(calm), graph, hub.daemon),
    plain: contents(await plain, graph, faultFarm.farm.builder('plain').daemon),
  };
}

/** A storm's faults last for seconds: they have to be found sooner than with the usual limits. */
const stormyOptions = '-o ServerAliveInterval=1 -o ServerAliveCountMax=2';
const stormyWords = ['--connect-timeout', '10'];

function build(file: string, options = '', words: readonly string[] = []): RunningDispatch {
  const { farm, machines } = faultFarm;
  const env = { NIX_SSHOPTS: `${farm.hub.env['NIX_SSHOPTS']} ${options}`, TMPDIR: temporary };
  const usual = ['build', '-k', '-o', links, '--json', '--debug', '-f', file, '-A', 'roots'];
  return dispatch.start([...usual, ...words, '--builders', machines], { env });
}

/** Builds with plain Nix; gives the output paths of the roots, whether or not they could be built. */
async function plainBuild(file: string): Promise<string[]> {
  const { farm } = faultFarm;
  const store = ['--store', farm.builder('plain').daemon.storeUri];
  const roots = [file, '-A', 'roots'];
  await farm.hub.run('nix-build', ['-k', '--no-out-link', ...store, ...roots]);
  const { stdout: drvPaths } = await farm.hub.run('nix-instantiate', [...store, ...roots]);
  const question = ['-q', '--outputs', ...linesOf(drvPaths)];
  return linesOf((await farm.hub.run('nix-store', [...store, ...question])).stdout);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The output paths of the roots, whether or not they could be built. */
function rootsOf({ stdout }: ClientResult): string[] {
  const { roots } = JSON.parse(stdout) as {
    readonly roots: readonly { readonly outputs: Readonly<Record<string, string>> }[];
  };
  return roots.flatMap(({ outputs }) => Object.values(outputs));
}

function contents(
  roots: readonly string[],
  { fates }: RandomGraph,
  daemon: NixDaemon,
): Map<string, string> {
  const paths = roots.map((path) => [path.replace(/^[^-]*-/, ''), daemon.realPath(path)] as const);
  const buildable = paths.filter(([name]) => fates.get(name) === 'succeeded');
  return new Map(
    buildable.map(([name, file]) => [
      name,
      existsSync(file) ? readFileSync(file, 'utf8') : 'not there',
    ]),
  );
}

/**
 * Steps that were not built although they can be, or did not fail as they must. A step that the calm run does not
 * mention was there by then, even if the stormy run gave it up: its machine had finished it, and only the news of
 * that was lost.
 */
function wrongEnds({ graph, stormy, calm }: Round): string[] {
  const ends = new Map([...stormy.ends, ...calm.ends]);
  const isThere = (name: string, fate: Fate): boolean =>
    fate === 'succeeded' && !calm.ends.has(name);
  // What a storm does to machines says nothing about a step.
  const isBlamed = (name: string, fate: Fate): boolean =>
    stormy.ends.get(name) === 'failed' && fate !== 'failed';
  return [...graph.fates]
    .filter(
      ([name, fate]) => isBlamed(name, fate) || (ends.get(name) !== fate && !isThere(name, fate)),
    )
    .map(
      ([name, fate]) => `${name}: ${fate}, but ${stormy.ends.get(name)}, ${calm.ends.get(name)}`,
    );
}

/** Steps that machines built more often than they were told to, or not at all although they said so. */
function wrongMarks({ stormy, calm }: Round): string[] {
  const [begins, ends] = [faultFarm.marks('begin'), faultFarm.marks('end')];
  const tooOften = [...stormy.begun].filter(
    ([name, count]) => (begins.get(name) ?? 0) > count + (calm.begun.get(name) ?? 0),
  );
  const never = [...stormy.ends].filter(([name, end]) => end === 'succeeded' && !ends.has(name));
  return [...tooOften, ...never].map(([name]) => name);
}

/** Nobody is logged in at any machine, and nothing lies about on ours. */
async function checkNothingIsLeft(): Promise<void> {
  // A coordinator keeps its connections for the next run.
  await endCoordinators(faultFarm.farm.folder);
  const sessions = (): string[] => faultFarm.builders.flatMap((one) => [...one.sessions.values()]);
  // What a session started ends a moment after it.
  const commands = (): string[] =>
    processesOf(faultFarm.farm.folder)
      .map(({ command }) => command)
      .filter((command) => /--stdio|bin\/dispatch|^ssh /.test(command));
  for (const left of [sessions, commands])
    await expect.poll(left, { timeout: 30_000, interval: 200 }).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
}

/** Prints what it takes to look for the fault: how to repeat it, and what happened. */
function tell({ seed, story, ends }: Round): void {
  const log = join(tmpdir(), `dispatch-faults-${seed}.log`);
  writeFileSync(log, ends.map(({ stderr }) => stderr).join('\n'));
  const again = `DISPATCH_FAULT_SEED=${seed} DISPATCH_FAULT_STEPS=${steps} npm run test:soak`;
  const lines = [`the same again: ${again}; what the runs told is in ${log}`, ...story];
  process.stderr.write(`${lines.join('\n  ')}\n`);
}

test(
  `faults at random, from seed ${firstSeed} on: all that can be built is built, once, as by plain Nix, and nothing is left`,
  async () => {
    const until = Date.now() + seconds * 1000;
    for (let seed = firstSeed; seed === firstSeed || Date.now() < until; seed += 1) {
      const round = await playRound(seed);
      try {
        expect(round.stormy.begun.size).toBeGreaterThan(0);
        expect(wrongEnds(round)).toEqual([]);
        expect(wrongMarks(round)).toEqual([]);
        expect(round.stormy.needlessRepeats).toEqual([]);
        expect(round.calm.needlessRepeats).toEqual([]);
        expect(round.vanished).toEqual([]);
        expect(round.ours).toEqual(round.plain);
        expect(round.ours.size).toBeGreaterThan(0);
        await checkNothingIsLeft();
      } catch (error) {
        tell(round);
        throw error;
      }
    }
  },
  (seconds + 240) * 1000,
);
