import type { EventSink, RunEvent } from '@dispatch/engine/events';
import type { PlanReport } from '@dispatch/engine/plan/plan-report';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import { planOnly } from '@dispatch/engine/run';
import { RunTally } from '../build/run-tally.ts';
import { machineName } from '../show/machine-name.ts';
import { Progress } from '../show/progress.ts';
import { print, printJson } from '../show/standard-output.ts';
import type { Terminal } from '../show/terminal.ts';
import { type GroupsFileOptions, readGroupsFile } from '../world/groups-file.ts';
import { type WorldOptions, withWorld } from '../world/open-world.ts';
import { planJson } from './plan-json.ts';
import { planLines } from './plan-text.ts';

/** How a plan is shown. */
export interface PlanOptions extends WorldOptions, GroupsFileOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * Finds out what a build of the roots would do and prints it. Returns the exit code: 0, or 1 when
 * something cannot be built by any machine.
 */
export async function showPlan(
  roots: readonly RequestedRoot[],
  options: PlanOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const tally = new RunTally();
  const onEvent = warnings(tally, options, terminal);
  const groups = await readGroupsFile(options);
  const report = await withWorld(options, (world) =>
    planOnly({ roots, groups }, world, onEvent, signal),
  );
  if (options.json) printJson(planJson(report, tally));
  else for (const line of planLines(report, tally)) print(line);
  return isPossible(report) ? 0 : 1;
}

function isPossible({ steps, groups }: PlanReport): boolean {
  return (
    steps.every(({ refusals }) => refusals === undefined) &&
    groups.every(({ misfit }) => misfit === undefined)
  );
}

/** Shows warnings about machines as a build does, unless `quiet`; all else is in the plan. */
function warnings(tally: RunTally, { quiet }: PlanOptions, terminal: Terminal): EventSink {
  const progress = new Progress(terminal, { buildLogs: false, starts: false, machineName });
  return (event: RunEvent) => {
    tally.observe(event);
    const isWarning = event.type === 'builder-unusable' || event.type === 'features-missing';
    if (isWarning && !quiet) progress.show(event);
  };
}
