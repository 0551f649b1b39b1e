import { join } from 'node:path';
import type { EventSink } from '@dispatch/engine/events';
import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { RunReport } from '@dispatch/engine/report/run-report';
import { run } from '@dispatch/engine/run';
import { stateDirectory } from '@dispatch/ledger/default-location';
import type { Command } from 'commander';
import { type BuildFlags, defineBuildFlags, outLinkOf } from '../build/build-flags.ts';
import { exitCodeOfFailures } from '../build/exit-code.ts';
import { pruneLogFolders } from '../build/log-folders.ts';
import { RunLog } from '../build/run-log.ts';
import { buildSettings, keepsGoing, withOptions } from '../build/setting-flags.ts';
import { type StopSignals, watchStopSignals } from '../build/stop-signals.ts';
import { openDiagnostics, wantsDiagnostics } from '../diagnostics.ts';
import { showPlan } from '../plan/show-plan.ts';
import { withRequestedRoots } from '../roots/requested-roots.ts';
import { rootSelection } from '../roots/root-flags.ts';
import { closingLine } from '../show/closing-line.ts';
import { showFailures } from '../show/failures.ts';
import { openRunDisplay } from '../show/open-run-display.ts';
import type { RunDisplay } from '../show/run-display.ts';
import { runJson } from '../show/run-json.ts';
import { print, printJson } from '../show/standard-output.ts';
import type { Terminal } from '../show/terminal.ts';
import { withWorld } from '../world/open-world.ts';

/** Makes `dispatch build` of a bare command. */
export function define(command: Command): void {
  command.description('Builds derivations on the local daemon and on any number of builders.');
  defineBuildFlags(command);
  command.action(build);
}

async function build(words: readonly string[], given: BuildFlags): Promise<void> {
  const flags = withOptions(given);
  using display = await openRunDisplay(flags);
  using stop = watchStopSignals(() => display.line('stopping; once more to leave at once'));
  try {
    const { signal } = stop;
    process.exitCode = await withRequestedRoots(rootSelection(words, flags), signal, (roots) =>
      flags.dryRun
        ? showPlan(roots, flags, display, signal)
        : buildRoots(roots, flags, stop, display),
    );
  } catch (error) {
    // What a stop breaks on its way is no news.
    if (stop.exitCode === undefined) throw error;
    process.exitCode = stop.exitCode;
  }
}

async function buildRoots(
  roots: readonly RequestedRoot[],
  flags: BuildFlags,
  stop: StopSignals,
  display: RunDisplay,
): Promise<number> {
  await pruneLogFolders(join(stateDirectory(), 'logs'));
  const log = new RunLog();
  const onEvent = await eventSink(flags, log, display);
  const request = {
    roots,
    keepGoing: keepsGoing(flags),
    settings: buildSettings(flags),
  };
  const report = await withWorld(flags, (world) =>
    run({ ...request, outLink: outLinkOf(flags, world.executor.hub) }, world, onEvent, stop.signal),
  );
  display.end();
  showReport(report, log, flags, display);
  if (report.outcome === 'succeeded') return 0;
  return stop.exitCode ?? exitCodeOfFailures(report.results);
}

async function eventSink(flags: BuildFlags, log: RunLog, display: RunDisplay): Promise<EventSink> {
  const diagnostics = wantsDiagnostics(flags.debug) ? await openDiagnostics() : undefined;
  return (event) => {
    log.observe(event);
    display.show(event);
    diagnostics?.(event);
  };
}

function showReport(report: RunReport, log: RunLog, flags: BuildFlags, terminal: Terminal): void {
  showFailures(report, log, terminal);
  const closing = flags.quiet ? undefined : closingLine(report, Date.now() - log.startedAt);
  if (closing !== undefined) terminal.line(closing);
  if (report.outcome === 'cancelled') terminal.line('stopped; nothing was left half-done');
  if (flags.json) printJson(runJson(report, log));
  else if (report.outcome === 'succeeded') {
    for (const { paths } of report.roots) for (const { path } of paths) print(path);
  }
}
