import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DerivationFolder } from '@dispatch/engine/read/derivation-folder';
import { FolderFiles } from '@dispatch/engine/read/folder-files';
import { topsOf } from '@dispatch/graph/derivation-graph';
import { type DerivationNode, inputPaths } from '@dispatch/graph/derivation-node';
import { type GraphName, unpacked } from '../../../test/data.ts';
import { machine, seconds, table } from '../figures.ts';
import { type Cost, measure, median } from '../measure.ts';
import { prepareStore } from './prepare-store.ts';

const graphs: readonly GraphName[] = ['drvs-core-git', 'drvs-nixos-plasma', 'drvs-core-all'];
const dispatch = join(import.meta.dirname, '../../../node_modules/.bin/dispatch');

/** Figures of one graph. */
interface Row {
  readonly graph: GraphName;
  readonly derivations: number;
  readonly poisoned: string;
  readonly rewrite: Cost;
  /** `nix show-derivation -r` of the same tops: Nix merely reads and prints the graph. */
  readonly showDerivation: Cost;
  readonly timesFaster: number;
  readonly derivationsPerSecond: number;
  /** Start-up taken off. */
  readonly microsecondsPerDerivation: number;
}

async function measureGraph(
  graph: GraphName,
  startUp: Cost,
  scratch: string,
  runs: number,
): Promise<Row | undefined> {
  const root = unpacked(graph);
  if (root === undefined) return undefined;
  const folder = DerivationFolder.open(root);
  const nodes = new FolderFiles(folder).readClosure(folder.list());
  const poisoned = mostNeeded(nodes);
  const serials = join(scratch, `${graph}.json`);
  writeFileSync(serials, JSON.stringify({ [poisoned]: 1 }));
  const environment = { ...process.env, NIX_REMOTE: prepareStore(graph, root, nodes) };
  const nix = ['--extra-experimental-features', 'nix-command', 'show-derivation', '-r'];
  const ours = ['rewrite', '--drvs', root, '--serials', serials, '--json'];
  const costs: { rewrite: Cost[]; show: Cost[] } = { rewrite: [], show: [] };
  for (let run = 0; run < runs; run += 1) {
    costs.show.push(await measure('nix', [...nix, ...topsOf(nodes)], environment));
    costs.rewrite.push(await measure(dispatch, ours));
  }
  const rewrite = median(costs.rewrite);
  const showDerivation = median(costs.show);
  return {
    graph,
    derivations: nodes.length,
    poisoned,
    rewrite,
    showDerivation,
    timesFaster: showDerivation.seconds / rewrite.seconds,
    derivationsPerSecond: nodes.length / rewrite.seconds,
    microsecondsPerDerivation: ((rewrite.seconds - startUp.seconds) * 1e6) / nodes.length,
  };
}

/** The input-addressed derivation that most others need; it depends on nothing but fixed-output ones itself. */
function mostNeeded(nodes: readonly DerivationNode[]): string {
  const kinds = new Map(nodes.map((node) => [node.path, node.kind]));
  const users = new Map<string, string[]>();
  for (const node of nodes) {
    for (const input of inputPaths(node)) {
      const known = users.get(input);
      if (known === undefined) users.set(input, [node.path]);
      else known.push(node.path);
    }
  }
  const lowest = nodes.filter(
    (node) =>
      node.kind === 'input-addressed' &&
      inputPaths(node).every((input) => kinds.get(input) === 'fixed'),
  );
  const counted = lowest.map(({ path }) => ({ path, above: countAbove(path, users) }));
  return counted.toSorted((a, b) => b.above - a.above)[0]?.path ?? '';
}

function countAbove(path: string, users: ReadonlyMap<string, readonly string[]>): number {
  const seen = new Set([path]);
  for (const one of seen) for (const user of users.get(one) ?? []) seen.add(user);
  return seen.size;
}

/** Measures what does not depend on the graph: Node and the modules. */
async function measureStartUp(scratch: string, runs: number): Promise<Cost> {
  const empty = join(scratch, 'empty');
  mkdirSync(empty);
  const serials = join(scratch, 'none.json');
  writeFileSync(serials, '{}');
  const costs: Cost[] = [];
  for (let run = 0; run < runs; run += 1) {
    costs.push(await measure(dispatch, ['rewrite', '--drvs', empty, '--serials', serials]));
  }
  return median(costs);
}

function tableOf(rows: readonly Row[]): string {
  return table([
    ['graph', 'drvs', 'rewrite s', 'MiB', 'show-derivation s', 'faster', 'drvs/s', 'µs/drv'],
    ...rows.map((row) => [
      row.graph,
      String(row.derivations),
      seconds(row.rewrite.seconds),
      row.rewrite.peakMiB.toFixed(0),
      seconds(row.showDerivation.seconds),
      `${row.timesFaster.toFixed(2)}×`,
      row.derivationsPerSecond.toFixed(0),
      row.microsecondsPerDerivation.toFixed(1),
    ]),
  ]);
}

async function main(file: string, runs: number): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'dispatch-bench-'));
  try {
    const startUp = await measureStartUp(scratch, runs);
    const rows: Row[] = [];
    for (const graph of graphs) {
      const row = await measureGraph(graph, startUp, scratch, runs);
      if (row !== undefined) rows.push(row);
      else process.stderr.write(`bench: no ${graph}.tar.xz; set DISPATCH_TEST_DATA\n`);
    }
    const growth = growthOver(rows);
    const figures = { runs, machine: machine(), startUp, rows, growth };
    writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
    process.stdout.write(
      `${tableOf(rows)}start-up ${seconds(startUp.seconds)} s; a derivation of the largest graph ` +
        `costs ${growth?.toFixed(2)}× one of the smallest\n` +
        `figures in ${file}; medians of ${runs} runs, the two programs in turn\n`,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** How many times as much a derivation of the largest graph costs as one of the smallest. */
function growthOver(rows: readonly Row[]): number | undefined {
  const [smallest, largest] = [rows[0], rows.at(-1)];
  if (smallest === undefined || largest === undefined) return undefined;
  return largest.microsecondsPerDerivation / smallest.microsecondsPerDerivation;
}

const [, , file = 'bench-rewriting.json', runs = '5'] = process.argv;
await main(file, Number(runs));
