import { writeFileSync } from 'node:fs';
import type { GraphName } from '../../../test/data.ts';
import { machine, median, table } from '../figures.ts';
import { type DrainCost, drain } from './drain.ts';
import { measurePackings, type PackingRow } from './groups/packing.ts';
import { type MakespanRow, measureMakespans, type Outcome } from './makespan.ts';

const graphs: readonly GraphName[] = [
  'drvs-hello',
  'drvs-core-git',
  'drvs-nixos-plasma',
  'drvs-core-all',
];

function costTable(rows: readonly DrainCost[]): string {
  return table([
    ['builders', 'steps', 'CPU s', 'µs to plan', 'µs to decide', 'bytes/waiting step'],
    ...rows.map((row) => [
      String(row.builders),
      String(row.steps),
      row.cpuSeconds.toFixed(3),
      row.microsecondsToPlan.toFixed(1),
      row.microsecondsToDecide.toFixed(1),
      row.bytesPerWaitingStep.toFixed(0),
    ]),
  ]);
}

/** Medians of three, all in turn. */
function measureCosts(): DrainCost[] {
  // Not measured: the first time pays for the compiler.
  drain(15_000, 100);
  const cases = [10, 100, 1_000].flatMap((builders) =>
    [1_500, 15_000, 150_000].map((steps) => ({ builders, steps, costs: [] as DrainCost[] })),
  );
  for (let round = 0; round < 3; round += 1) {
    for (const { builders, steps, costs } of cases) costs.push(drain(steps, builders));
  }
  return cases.map(({ costs }) => medianCost(costs));
}

function medianCost(costs: readonly DrainCost[]): DrainCost {
  const of = (figure: keyof DrainCost): number => median(costs.map((cost) => cost[figure]));
  return {
    steps: of('steps'),
    builders: of('builders'),
    cpuSeconds: of('cpuSeconds'),
    microsecondsToPlan: of('microsecondsToPlan'),
    microsecondsToDecide: of('microsecondsToDecide'),
    bytesPerWaitingStep: of('bytesPerWaitingStep'),
  };
}

function makespanTable(rows: readonly MakespanRow[]): string {
  return table([
    [
      'graph',
      'farm',
      'jobs',
      'bound h',
      'sharper',
      'dispatch',
      'worst',
      'depth',
      'FIFO',
      'Nix',
      'GB',
      'GB Nix',
    ],
    ...rows.map(({ graph, farm, jobs, boundMs, sharperBound, dispatch, lists }) => [
      graph,
      farm,
      String(jobs),
      (boundMs / 3_600_000).toFixed(2),
      `${sharperBound.toFixed(2)}×`,
      ratio(dispatch),
      dispatch.worstRatio.toFixed(2),
      ratio(lists.depth),
      ratio(lists['first in, first out']),
      ratio(lists.name),
      gigabytes(dispatch),
      gigabytes(lists.name),
    ]),
  ]);
}

function ratio(outcome: Outcome): string {
  return `${outcome.ratio.toFixed(2)}×`;
}

function gigabytes({ copiedBytes }: Outcome): string {
  return (copiedBytes / 1e9).toFixed(1);
}

function packingTable(rows: readonly PackingRow[]): string {
  return table([
    ['groups', 'in units of', 'cases', 'median', 'worst'],
    ...rows.map(({ what, against, cases, worst, ...row }) => [
      what,
      against,
      String(cases),
      `${row.median.toFixed(3)}×`,
      worst.toFixed(3),
    ]),
  ]);
}

const [, , file = 'bench-simulation.json'] = process.argv;
const costs = measureCosts();
const makespans = graphs.flatMap(measureMakespans);
const packings = measurePackings();
writeFileSync(
  file,
  `${JSON.stringify({ machine: machine(), costs, makespans, packings }, null, 2)}\n`,
);
process.stdout.write(
  `${costTable(costs)}\n${makespanTable(makespans)}` +
    'makespans in lower bounds, medians of five seeds, copies included\n\n' +
    `${packingTable(packings)}ends of groups, all asked for at once; figures in ${file}\n`,
);
