import type { FollowedRun } from '@dispatch/coordinator/client/follow-run';
import { closingLine } from '../show/closing-line.ts';
import { showFailures } from '../show/failures.ts';
import { runJson } from '../show/run-json.ts';
import { print, printJson } from '../show/standard-output.ts';
import type { Terminal } from '../show/terminal.ts';
import type { RunLog } from './run-log.ts';

/** How a run's end is told. */
export interface ReportFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Tells what came of a run: what failed, then a closing line, and the results on standard output. */
export function showReport(
  { report, tookMs }: FollowedRun,
  log: RunLog,
  flags: ReportFlags,
  terminal: Terminal,
): void {
  showFailures(report, log, terminal);
  const closing = flags.quiet ? undefined : closingLine(report, tookMs);
  if (closing !== undefined) terminal.line(closing);
  if (report.outcome === 'cancelled') terminal.line('stopped; nothing was left half-done');
  if (flags.json) printJson(runJson(report, log));
  else if (report.outcome === 'succeeded') {
    for (const { paths } of report.roots) for (const { path } of paths) print(path);
  }
}
