import type { FollowedRun } from '@dispatch/coordinator/client/follow-run';
import type { RunResults } from '@dispatch/engine/report/run-report';
import { closingLine } from '../show/closing-line.ts';
import { showFailures } from '../show/failures.ts';
import { hookNote } from '../show/hook-note.ts';
import { runJson } from '../show/run-json.ts';
import { print, printJson } from '../show/standard-output.ts';
import type { Terminal } from '../show/terminal.ts';
import { readNixSettings } from '../world/nix-conf.ts';
import type { RunTally } from './run-tally.ts';

/** How a run's result is shown. */
export interface ReportFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The parts of a result that differ between one run and several together. */
export interface ToldEnd {
  readonly closing: () => readonly string[];
  readonly json: () => object;
  /** The output paths of what was asked for. */
  readonly paths: () => Iterable<string>;
}

/** Shows the result of a run. */
export function showReport(
  { report, tookMs }: FollowedRun,
  tally: RunTally,
  flags: ReportFlags,
  terminal: Terminal,
): void {
  const told: ToldEnd = {
    closing: () => [closingLine(report, tookMs)].filter((line) => line !== undefined),
    json: () => runJson(report, tally),
    paths: () => report.roots.flatMap(({ paths }) => paths.map(({ path }) => path)),
  };
  showEnd(report, told, tally, flags, terminal);
}

/** Shows what failed, then the closing lines, and prints the results to standard output. */
export function showEnd(
  results: RunResults,
  told: ToldEnd,
  tally: RunTally,
  flags: ReportFlags,
  terminal: Terminal,
): void {
  showFailures(results, tally, terminal);
  const hook = (): string | undefined => hookNote(results, () => readNixSettings(process.env));
  const closing = flags.quiet ? [] : [...told.closing(), hook()];
  for (const line of closing) if (line !== undefined) terminal.line(line);
  if (results.outcome === 'cancelled') terminal.line('stopped; nothing was left half-done');
  if (flags.json) printJson(told.json());
  else if (results.outcome === 'succeeded') for (const path of told.paths()) print(path);
}
