import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyClosure } from '@dispatch/builders/copy-closure';
import { HubDerivations } from '@dispatch/engine/read/hub-derivations';
import { readClosure } from '@dispatch/engine/read/read-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { StorePath } from '@dispatch/nix/store-path';
import { makeCommand } from '../../build/make-command.ts';
import { machine, median, seconds, table, times } from '../figures.ts';
import { type Cost, measure, median as medianCost } from '../measure.ts';
import { BenchFarm } from './bench-farm.ts';
import { build } from './floor.ts';
import { addFromMemory, smallPaths } from './small-paths.ts';
import { Stores } from './stores.ts';

const smallCount = 1000;
const largeBytes = 2 ** 31;

/** After so many copies V8 compiles nothing more that matters. */
const copiesUntilCompiled = 8;

/**
 * What the same copy took in turn: as a process of ours and one of Nix, on connections that are up in this very
 * process, and as AddMultipleToStore from memory, in this process, too.
 */
interface Copies {
  readonly own: Cost[];
  readonly nix: Cost[];
  readonly engine: number[];
  readonly memory: number[];
}

function copyOurselves(farm: BenchFarm, paths: readonly StorePath[]): Promise<Cost> {
  const files = ['machines', 'paths'].map((name) => join(farm.farm.folder, name));
  const [machinesFile = '', pathsFile = ''] = files;
  writeFileSync(machinesFile, farm.machines.replaceAll(';', '\n'));
  writeFileSync(pathsFile, paths.join('\n'));
  return measure(process.execPath, [program(farm), ...files], farm.environment);
}

async function copySeconds({ builders }: Stores, paths: readonly StorePath[]): Promise<number> {
  const [from, target] = builders.map(({ store }) => store);
  if (from === undefined || target === undefined) throw new Error('two builders are needed');
  const to = target.holdRoots();
  // The connection that holds roots comes up with the first one.
  await to.add(paths.slice(0, 1));
  const start = performance.now();
  await copyClosure({ from, to, paths });
  const taken = (performance.now() - start) / 1000;
  to.close();
  return taken;
}

/** Makes our copying program as the command itself is made, so that it starts as fast. */
async function makeProgram(farm: BenchFarm): Promise<void> {
  const rehearsed = join(farm.farm.folder, 'rehearsed');
  const folder = join(farm.farm.folder, 'copy-process');
  const entry = join(import.meta.dirname, 'copy-process.ts');
  const rehearsals = (machineLine: string): string[][] => {
    writeFileSync(rehearsed, `${machineLine}\n${machineLine}\n`);
    return [[rehearsed, '/dev/null']];
  };
  await makeCommand({ entry, folder, name: 'main', rehearsals });
  const load = `require('${loader}').load('${join(folder, 'main.cjs')}')`;
  writeFileSync(program(farm), load);
}

const loader = join(import.meta.dirname, '../../../services/cli/bin/load.cjs');

function program(farm: BenchFarm): string {
  return join(farm.farm.folder, 'copy-process.cjs');
}

function copyWithNix(farm: BenchFarm, paths: readonly StorePath[]): Promise<Cost> {
  const command = ['--extra-experimental-features', 'nix-command', 'copy', '--no-check-sigs'];
  const ends = ['--from', 'ssh-ng://one', '--to', 'ssh-ng://two'];
  return measure('nix', [...command, ...ends, ...paths], farm.farm.hub.env);
}

/** Copies many small paths, new ones each time, which were put on the first builder from memory. */
async function measureSmall(farm: BenchFarm, stores: Stores, runs: number): Promise<Copies> {
  const taken: Copies = { own: [], nix: [], engine: [], memory: [] };
  const fill = async (): Promise<StorePath[]> => {
    const made = smallPaths(smallCount, farm.salt());
    const source = await stores.builders[0]?.store.pool.dedicated();
    if (source === undefined) throw new Error('there is no builder');
    taken.memory.push(await addFromMemory(source.connection, made));
    source.close();
    return made.map(({ info }) => info.path);
  };
  for (let run = 0; run < runs; run += 1) {
    taken.own.push(await copyOurselves(farm, await fill()));
    taken.nix.push(await copyWithNix(farm, await fill()));
    taken.engine.push(await copySeconds(stores, await fill()));
    tell('small', taken);
  }
  return taken;
}

/** Copies one large path, which the second builder forgets after each copy. */
async function measureLarge(farm: BenchFarm, stores: Stores, runs: number): Promise<Copies> {
  const taken: Copies = { own: [], nix: [], engine: [], memory: [] };
  const paths = await makeLarge(farm, stores);
  for (let run = 0; run < runs; run += 1) {
    taken.own.push(await copyOurselves(farm, paths));
    await forget(farm, paths);
    taken.nix.push(await copyWithNix(farm, paths));
    await forget(farm, paths);
    tell('large', taken);
  }
  return taken;
}

async function makeLarge(farm: BenchFarm, { hub, builders }: Stores): Promise<StorePath[]> {
  const drvPaths = await farm.instantiate(`derivation {
    name = "large"; system = builtins.currentSystem; builder = "/bin/sh";
    args = [ "-c" "/usr/bin/head -c ${largeBytes} /dev/zero > $out; exit 0 # ${farm.salt()}" ]; }`);
  const source = new HubDerivations(hub, farm.farm.hub.daemon.root);
  const [node] = await readClosure(drvPaths, source);
  const first = builders[0];
  if (node === undefined || first === undefined) throw new Error('there is nothing to build');
  await first.store.pool.withConnection((connection) => build(connection, node, []));
  return outputPathsOf(node);
}

async function forget(farm: BenchFarm, paths: readonly StorePath[]): Promise<void> {
  const store = ['--store', farm.farm.builder('two').daemon.localUri];
  const { code, stderr } = await farm.farm.hub.run('nix-store', [...store, '--delete', ...paths]);
  if (code !== 0) throw new Error(stderr);
}

function tell(what: string, { own, nix }: Copies): void {
  const last = [own.at(-1)?.seconds, nix.at(-1)?.seconds].map(seconds);
  process.stderr.write(`${what}: dispatch ${last[0]} s, nix copy ${last[1]} s\n`);
}

function line(what: string, { own, nix, engine, memory }: Copies): string[] {
  const ours = medianCost(own);
  const theirs = medianCost(nix);
  const copy = engine.length === 0 ? undefined : median(engine);
  const floor = memory.length === 0 ? undefined : median(memory);
  const peak = Math.max(...own.map(({ peakMiB }) => peakMiB));
  return [
    what,
    seconds(ours.seconds),
    seconds(theirs.seconds),
    times(theirs.seconds, ours.seconds),
    seconds(copy),
    seconds(floor),
    times(copy, floor),
    `${peak.toFixed(0)} MiB`,
  ];
}

const engineHead = ['engine s', 'from memory s', 'engine/memory', 'peak'];

async function main(farm: BenchFarm, file: string, runs: number): Promise<void> {
  using stores = new Stores(farm);
  await makeProgram(farm);
  // Not measured: connections come up, and code is compiled, which takes several copies.
  await measureSmall(farm, stores, copiesUntilCompiled);
  const small = await measureSmall(farm, stores, runs);
  const large = await measureLarge(farm, stores, runs);
  const figures = { runs, machine: machine(), nix: farm.nixVersion, small, large };
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  const head = ['builder to builder', 'dispatch s', 'nix copy s', 'faster', ...engineHead];
  const lines = [line(`${smallCount} small paths`, small), line('one of 2 GiB', large)];
  process.stdout.write(table([head, ...lines]));
  process.stdout.write(
    `Nix ${farm.nixVersion} everywhere; medians of ${runs} runs in turn; in ${file}\n`,
  );
}

const [, , file = 'bench-copies.json', runs = '5'] = process.argv;
await BenchFarm.with((farm) => main(farm, file, Number(runs)));
