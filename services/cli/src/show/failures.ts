import type { StepEnded } from '@dispatch/engine/events';
import { exitText } from '@dispatch/engine/report/exit-text';
import type { RunResults } from '@dispatch/engine/report/run-report';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StepResult } from '@dispatch/scheduler/result';
import type { RunTally } from '../build/run-tally.ts';
import { failedGroups, showGroupFailure } from './group-failures.ts';
import { blockedLines } from './kept-back.ts';
import { complaint, machineName } from './machine-name.ts';
import { refusalTexts } from './obstacles.ts';
import { phaseText } from './phase-text.ts';
import { count } from './quantities.ts';
import { harmless, type Terminal } from './terminal.ts';

/** Shows every group, and every other step, that failed by itself: where, why, its log, and the steps that it keeps back. */
export function showFailures(report: RunResults, tally: RunTally, terminal: Terminal): void {
  const groups = failedGroups(report, tally);
  for (const group of groups) showGroupFailure(group, report, terminal, tally);
  const told = new Set(groups.flatMap(({ planned }) => planned.members.map(({ step }) => step)));
  for (const step of report.steps) {
    if (told.has(step.rewritten)) continue;
    const result = report.results.get(step.rewritten);
    const headline = result === undefined ? undefined : headlineOf(step, result, tally);
    if (headline === undefined || result === undefined) continue;
    const [first = '', ...more] = headline.split('\n');
    terminal.line(`${terminal.paint('red', 'error:')} ${harmless(first)}`);
    for (const line of [...more, ...detailsOf(result, tally)])
      terminal.line(`  ${harmless(line).trim()}`);
    showLog(tally.ends.get(step.rewritten), terminal);
    for (const line of [...originLines(step), ...blockedLines([step.rewritten], report)]) {
      terminal.line(`  ${line}`);
    }
  }
  showUncollected(report, terminal);
  showUnstarted(report, terminal);
}

function showUncollected({ uncollected }: RunResults, terminal: Terminal): void {
  for (const { path, reason } of uncollected) {
    const what = `${path} was built and could not be brought home: ${reason}`;
    terminal.line(`${terminal.paint('red', 'error:')} ${harmless(what)}`);
    terminal.line('  run the same again: only what is missing is built or copied then');
  }
}

function headlineOf(
  { name, rewritten }: StepIdentity,
  result: StepResult,
  { phases }: RunTally,
): string | undefined {
  switch (result.type) {
    case 'failed':
      return `${name} failed on ${machineName(result.builder)}${phaseText(phases.get(rewritten))}: ${exitText(result.message)}`;
    case 'faults-exhausted':
      return `${name} could not be built; that says nothing about ${rewritten} itself`;
    case 'unsupported':
      return `no builder can build ${rewritten}`;
    case 'succeeded':
    case 'group-failed':
    case 'group-lost':
    case 'group-unfit':
    case 'group-timeout':
    case 'dependency-failed':
    case 'cancelled':
    default:
      return undefined;
  }
}

function detailsOf(result: StepResult, { featuresMissing }: RunTally): string[] {
  if (result.type === 'unsupported') {
    return refusalTexts(result.obstacles, featuresMissing);
  }
  if (result.type !== 'faults-exhausted') return [];
  return result.faults.map(
    ({ builder, reason }) => `on ${machineName(builder)}: ${complaint(reason, builder)}`,
  );
}

function showLog(end: StepEnded | undefined, terminal: Terminal): void {
  if (end === undefined) return;
  if (end.lastLines.length > 0) {
    terminal.line(`  the last ${count(end.lastLines.length, 'line')} of its log:`);
  }
  for (const line of end.lastLines) {
    terminal.line(`  ${terminal.paint('gray', '>')} ${harmless(line)}`);
  }
  if (end.logFile === undefined) {
    if (end.result.type === 'failed') terminal.line(`  it left no log; its recipe: ${end.step}`);
    return;
  }
  terminal.line(`  the whole log: dispatch log ${end.step}`);
  terminal.line(`  (in ${end.logFile})`);
}

function originLines({ original, rewritten }: StepIdentity): string[] {
  return original === rewritten ? [] : [`it was ${original} before serials went in`];
}

function showUnstarted({ results, outcome }: RunResults, terminal: Terminal): void {
  const stopped = [...results.values()].filter(
    (result) => result.type === 'cancelled' && result.because === 'run-failed',
  ).length;
  if (outcome !== 'failed' || stopped === 0) return;
  terminal.line(`${count(stopped, 'other step')} given up; --keep-going builds what still can be`);
}
