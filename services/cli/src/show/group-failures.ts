import type { GroupEnded } from '@dispatch/engine/events';
import type { RunResults } from '@dispatch/engine/report/run-report';
import type { LoggedGroup, RunTally } from '../build/run-tally.ts';
import { causeText } from './cause-text.ts';
import { GroupLines } from './group-lines.ts';
import { misfitTexts } from './group-misfit.ts';
import { groupTitle, shortId } from './group-title.ts';
import { blockedLines } from './kept-back.ts';
import { type MemberEnd, memberRows } from './member-rows.ts';
import { duration } from './quantities.ts';
import { harmless, type Terminal } from './terminal.ts';

/** The groups that came to nothing, and were not tried again since. */
export function failedGroups(report: RunResults, tally: RunTally): LoggedGroup[] {
  const all = [...tally.groups.values()];
  const isLast = ({ planned }: LoggedGroup): boolean =>
    all.findLast((other) => other.planned.key === planned.key)?.planned === planned;
  return all.filter((group) => isLast(group) && headlineOf(group, report) !== undefined);
}

/** Shows how a group failed: the cause, its consequences, what the members said last, and what to do next. */
export function showGroupFailure(
  group: LoggedGroup,
  report: RunResults,
  terminal: Terminal,
  tally: RunTally,
): void {
  const headline = headlineOf(group, report) ?? '';
  terminal.line(`${terminal.paint('red', 'error:')} ${harmless(headline)}`);
  const tell = (lines: readonly string[]): void => {
    for (const line of lines) terminal.line(`  ${harmless(line)}`);
  };
  tell([...misfitLines(group, report, tally), ...memberLines(group, tally)]);
  showLastLines(group, terminal);
  tell([...wholeLog(group), ...nextSteps(group, report)]);
  tell(
    blockedLines(
      group.planned.members.map(({ step }) => step),
      report,
    ),
  );
}

function headlineOf({ planned, ended }: LoggedGroup, report: RunResults): string | undefined {
  const title = `group ${groupTitle(planned)}`;
  if (ended !== undefined) return endText(title, ended);
  for (const { step } of planned.members) {
    const result = report.results.get(step);
    if (result?.type === 'group-unfit') return `${title} can never have its places at once`;
    if (result?.type === 'group-timeout') {
      return `${title} waited ${duration(result.queueMs)} for its places, as long as its policy lets it`;
    }
  }
  return undefined;
}

function endText(title: string, { outcome, cause, durationMs }: GroupEnded): string | undefined {
  const took = durationMs === undefined ? '' : ` after ${duration(durationMs)}`;
  if (outcome === 'failed') return `${title} failed${took}: ${causeText(cause)}`;
  if (outcome !== 'lost') return undefined;
  return `${title} was lost${took}, which says nothing of its members: ${causeText(cause)}`;
}

function misfitLines({ planned }: LoggedGroup, report: RunResults, tally: RunTally): string[] {
  for (const { step } of planned.members) {
    const result = report.results.get(step);
    if (result?.type === 'group-unfit') {
      return misfitTexts(result.misfit, planned, tally.featuresMissing);
    }
  }
  return [];
}

function memberLines({ planned, places, ended }: LoggedGroup, { phases }: RunTally): string[] {
  if (ended === undefined) return [];
  const ends = planned.members.map(({ name, step }): MemberEnd => {
    const isCause = name === ended.cause?.member;
    return {
      name,
      builder: places.find(({ member }) => member === name)?.builder,
      part: isCause ? 'cause' : 'consequence',
      ending: ended.members.find((member) => member.name === name),
      phase: isCause ? phases.get(step) : undefined,
    };
  });
  return memberRows(ends);
}

/** Shows the last lines of all members on one clock, of each the same number at most. */
function showLastLines({ planned, ended }: LoggedGroup, terminal: Terminal): void {
  const all = ended?.lastLines ?? [];
  if (all.length === 0) return;
  const names = planned.members.map(({ name }) => name);
  const most = Math.max(fewestOfEach, Math.floor(shownLines / names.length));
  const kept = new Set(
    [undefined, ...names].flatMap((name) =>
      all.filter(({ member }) => member === name).slice(-most),
    ),
  );
  const lines = new GroupLines(names, ended?.startedAt ?? all[0]?.atMs ?? 0, terminal);
  terminal.line('  what they said last, in seconds since they began:');
  for (const line of all) if (kept.has(line)) terminal.line(`  ${lines.text(line)}`);
}

const shownLines = 60;
const fewestOfEach = 4;

function wholeLog({ planned, ended }: LoggedGroup): string[] {
  if (ended?.logFile === undefined) return [];
  return [`the whole log of all: dispatch group log ${shortId(planned)}`, `(in ${ended.logFile})`];
}

function nextSteps({ planned, ended }: LoggedGroup, report: RunResults): string[] {
  if (ended === undefined) {
    return [
      "'dispatch builders' says what the machines have; what the group asks for is in its members and its policy",
    ];
  }
  const again = 'the same again builds every member anew, the good ones too';
  if (ended.outcome === 'lost') return [again];
  const join = report.steps.find(({ rewritten }) => rewritten === planned.join)?.original;
  if (join === undefined) return [again];
  return [again, `a flaky machine, or a flaky test? dispatch group try ${join} --runs 10`];
}
