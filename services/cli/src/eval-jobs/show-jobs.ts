import type { RunResults } from '@dispatch/engine/report/run-report';
import type { RunTally } from '../build/run-tally.ts';
import { type ReportFlags, showEnd, type ToldEnd } from '../build/show-report.ts';
import { closingLine } from '../show/closing-line.ts';
import { count, some } from '../show/quantities.ts';
import { oneLine, type Terminal } from '../show/terminal.ts';
import type { JobBook } from './job-book.ts';
import { jobsJson } from './jobs-json.ts';

const shownReason = 300;

/** Shows that attributes could not be evaluated, or that their run could not be carried out. */
export function showJobError(
  attributes: readonly string[],
  message: string,
  terminal: Terminal,
): void {
  const who = attributes.length === 0 ? '' : `${some(attributes)}: `;
  terminal.line(`${terminal.paint('red', 'error:')} ${oneLine(who + reasonIn(message))}`);
}

/** The last part of an error: Nix puts a long trace before the reason, and the evaluator itself prints all of it. */
function reasonIn(message: string): string {
  const reason = message.split(/^\s*error:\s+(?=\S)/m).at(-1) ?? message;
  return reason.trim().slice(0, shownReason);
}

/** Shows the result of all jobs. */
export function showJobs(
  book: JobBook,
  merged: RunResults,
  tookMs: number,
  tally: RunTally,
  flags: ReportFlags,
  terminal: Terminal,
): void {
  const told: ToldEnd = {
    closing: () => closingLines(book, merged, tookMs),
    json: () => jobsJson(book, merged, tally),
    paths: () => resultPaths(merged),
  };
  showEnd(merged, told, tally, flags, terminal);
}

function closingLines(book: JobBook, merged: RunResults, tookMs: number): string[] {
  const { jobs, errors } = book;
  const built = closingLine(merged, tookMs);
  const nothing =
    merged.outcome === 'succeeded' ? 'everything is there already' : 'nothing had to be built';
  const closing = `${count(jobs.length, 'job')}: ${built ?? nothing}`;
  const roots = book.roots();
  const missing = jobs.filter(({ drvPath }) => roots.get(drvPath)?.there !== true);
  return [
    errors.length === 0 ? closing : `${closing}, ${count(errors.length, 'error')} before building`,
    missing.length === 0 ? '' : oneLine(`not there: ${some(missing.map(({ attr }) => attr))}`),
  ].filter((line) => line !== '');
}

function resultPaths({ roots }: RunResults): ReadonlySet<string> {
  return new Set(roots.flatMap(({ paths }) => paths.map(({ path }) => path)));
}
