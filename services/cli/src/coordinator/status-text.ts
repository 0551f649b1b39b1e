import { derivationName } from '@dispatch/nix/store-path';
import { age } from '../show/age.ts';
import { machineName } from '../show/machine-name.ts';
import { some } from '../show/quantities.ts';
import { table } from '../show/table.ts';
import { oneLine } from '../show/terminal.ts';
import type { RunStatusJson } from './run-status.ts';

/** Runs for a person: one a line, and below each the steps that it is building. */
export function statusLines(
  coordinator: number | null,
  runs: readonly RunStatusJson[],
  now: number,
): string[] {
  const about =
    coordinator === null
      ? 'no coordinator runs; a build starts one'
      : `the coordinator is process ${coordinator}`;
  if (runs.length === 0) return [about, 'there was no run yet'];
  // Most people never give one, so the column is mostly left out.
  const hasPriorities = runs.some(({ priority }) => priority !== null && priority !== 0);
  const rows = runs.map((run) => [
    run.run,
    run.state,
    ...(hasPriorities ? [String(run.priority ?? '-')] : []),
    run.steps === null ? String(run.settled) : `${run.settled}/${run.steps}`,
    age(run.startedAt, now),
    some(run.roots.map((path) => derivationName(path))),
  ]);
  const header = ['RUN', 'STATE', ...(hasPriorities ? ['PRIORITY'] : []), 'STEPS', 'BEGUN', 'WHAT'];
  const [heading, ...lines] = table(header, rows);
  const below = lines.flatMap((line, at) => [line, ...buildingLines(runs[at])]);
  return [about, heading ?? '', ...below];
}

function buildingLines(run: RunStatusJson | undefined): string[] {
  return (run?.building ?? []).map(
    ({ name, builder }) => `  ${oneLine(`building ${name} on ${machineName(builder)}`)}`,
  );
}
