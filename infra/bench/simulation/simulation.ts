import { writeFileSync } from 'node:fs';
import { machine, table } from '../figures.ts';
import { type DrainCost, drain } from './drain.ts';

function costTable(rows: readonly DrainCost[]): string {
  return table([
    ['builders', 'steps', 'CPU s', 'µs/step', 'bytes/waiting step'],
    ...rows.map((row) => [
      String(row.builders),
      String(row.steps),
      row.cpuSeconds.toFixed(3),
      row.microsecondsPerStep.toFixed(1),
      row.bytesPerWaitingStep.toFixed(0),
    ]),
  ]);
}

function measureCosts(): DrainCost[] {
  // The first time pays for the compiler.
  drain(15_000, 100);
  return [10, 100, 1_000].flatMap((builders) =>
    [1_500, 15_000, 150_000].map((steps) => drain(steps, builders)),
  );
}

const [, , file = 'bench-simulation.json'] = process.argv;
const costs = measureCosts();
writeFileSync(file, `${JSON.stringify({ machine: machine(), costs }, null, 2)}\n`);
process.stdout.write(`${costTable(costs)}figures in ${file}\n`);
