import { causeText } from '../show/cause-text.ts';
import { groupTitle, shortId } from '../show/group-title.ts';
import { machineName } from '../show/machine-name.ts';
import { some } from '../show/quantities.ts';
import { table } from '../show/table.ts';
import { harmless, oneLine } from '../show/terminal.ts';
import { type Trial, trialOutcome } from './trial.ts';
import { type MemberTally, type Tally, tallyBuilders, tallyMembers } from './trial-tally.ts';

/** The result of trials, for a person: how often all passed, how often each member where, and what follows. */
export function trialLines(trials: readonly Trial[]): string[] {
  const members = tallyMembers(trials);
  const builders = tallyBuilders(members);
  const parts = [
    [outcomeText(trials)],
    members.length === 0 ? [] : memberTable(members),
    builders.length < 2 ? [] : builderTable(builders),
    findings(members),
    failures(trials),
  ];
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : ['', ...part]))
    .map(harmless);
}

function outcomeText(trials: readonly Trial[]): string {
  const outcomes = trials.map(trialOutcome);
  const number = (wanted: string): number => outcomes.filter((one) => one === wanted).length;
  const parts = [
    `${number('passed')} of ${trials.length} trials passed`,
    number('failed') > 0 ? `${number('failed')} failed` : '',
    number('lost') > 0 ? `${number('lost')} came to nothing by no fault of the group` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const columns = ['PASSED', 'FAILED', 'STOPPED', 'LOST'];

function memberTable(members: readonly MemberTally[]): string[] {
  const isOne = new Set(members.map(({ group }) => group)).size === 1;
  const rows = members.map((tally) => [
    oneLine(isOne ? tally.member : `${tally.group}/${tally.member}`),
    machineName(tally.builder),
    ...cells(tally),
  ]);
  return table(['MEMBER', 'ON', ...columns], rows);
}

function builderTable(builders: readonly (Tally & { readonly builder: string })[]): string[] {
  const rows = builders.map((tally) => [machineName(tally.builder), ...cells(tally)]);
  return table(['ON', ...columns], rows);
}

function cells(tally: Tally): string[] {
  const { failed, stopped, lost } = tally;
  return [
    shareText(tally),
    ...[failed, stopped, lost].map((number) => (number > 0 ? `${number}` : '-')),
  ];
}

/** `3 of 4 (75 %)`: how often it passed, of the times that it passed or failed. */
function shareText({ passed, failed }: Tally): string {
  const all = passed + failed;
  return all === 0 ? '-' : `${passed} of ${all} (${Math.round((100 * passed) / all)} %)`;
}

/** Whether the failures of each member point to a machine or to the test. */
function findings(members: readonly MemberTally[]): string[] {
  const names = [
    ...new Set(members.filter(({ failed }) => failed > 0).map(({ member }) => member)),
  ];
  return names.map((name) => {
    const seen = members.filter(({ member }) => member === name);
    return `${oneLine(name)} ${findingOf(seen)}`;
  });
}

function findingOf(seen: readonly MemberTally[]): string {
  const bad = seen.filter(({ failed }) => failed > 0);
  const good = seen.filter(({ failed, passed }) => failed === 0 && passed > 0);
  const where = some(bad.map(({ builder }) => machineName(builder)));
  const never = bad.every(({ passed }) => passed === 0);
  if (good.length > 0) {
    const others = some(good.map(({ builder }) => machineName(builder)));
    return `failed on ${where} and never on ${others}: look at the machine first`;
  }
  if (bad.length > 1) return `failed on ${where}: look at the test first`;
  const how = never ? 'failed each time' : 'failed now and then';
  return `${how}, and was on ${where} only: let it go elsewhere, too, to tell the machine from the test`;
}

function failures(trials: readonly Trial[]): string[] {
  return trials.flatMap(({ attempts }, index) =>
    attempts
      .filter(({ ended }) => ended.outcome !== 'committed')
      .map(({ planned, ended }) => {
        const what = `trial ${index + 1}: ${groupTitle(planned)} ${ended.outcome}: ${causeText(ended.cause)}`;
        return `${what} (dispatch group log ${shortId(planned)})`;
      }),
  );
}
