import type {
  DerivationToCopy,
  GroupPlan,
  PlanReport,
  StepPlan,
} from '@dispatch/engine/plan/plan-report';
import type { ReportedRoot } from '@dispatch/engine/plan/wanted-roots';
import { firstMark } from '@dispatch/graph/groups/group';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunTally } from '../build/run-tally.ts';
import { misfitTexts } from '../show/group-misfit.ts';
import { groupTitle } from '../show/group-title.ts';
import { machineName } from '../show/machine-name.ts';
import { refusalTexts } from '../show/obstacles.ts';
import { count, duration, some } from '../show/quantities.ts';
import { table } from '../show/table.ts';
import { harmless, oneLine } from '../show/terminal.ts';

/** A plan for a person: what is built where, what is copied, what is fetched, what is there. */
export function planLines(report: PlanReport, tally: RunTally): string[] {
  const { steps, groups, found, substitutes } = report;
  const there = rootsThere(report);
  const parts = [
    steps.length === 0 ? [] : [buildHeadline(report), ...buildRows(report, tally)],
    groups.length === 0
      ? []
      : ['of these, built as one each:', ...groups.map((group) => groupLine(group))],
    ...groups.map((group) => misfitLines(group, tally)),
    ...steps.map((step) => refusalLines(step, tally)),
    found.length === 0
      ? []
      : [
          `to copy from builders, where ${found.length === 1 ? 'it is' : 'they are'}:`,
          ...copyRows(found),
        ],
    substitutes.length === 0
      ? []
      : [
          `to fetch, ${count(substitutes.length, 'path')}:`,
          ...substitutes.map((path) => `  ${path}`),
        ],
    there.length === 0 ? [] : ['there already:', ...there.map((path) => `  ${path}`)],
  ];
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

function buildHeadline({ steps, durationMs, unknown }: PlanReport): string {
  const what = `to build, ${count(steps.length, 'derivation')}`;
  if (unknown === steps.length) return `${what}, none of which was built before:`;
  if (durationMs === undefined) return `${what}, none of which can begin:`;
  const time = `${what}, about ${duration(durationMs)} with these machines`;
  return unknown === 0 ? `${time}:` : `${time} (${unknown} never built before, taken as average):`;
}

function buildRows({ steps, groups }: PlanReport, tally: RunTally): string[] {
  const usable = new Set(steps.flatMap(({ builders }) => builders));
  const marks = marksOf(tally, stepsOnGroups(steps, groups));
  const rows = steps.map((step) => [
    `  ${step.name}`,
    step.expectedMs === undefined ? '-' : duration(step.expectedMs),
    buildersText(step, usable.size),
    [step.rewritten, ...marks(step)].join('  '),
  ]);
  return table(['  NAME', 'TOOK', 'ON', 'DERIVATION'], rows);
}

function buildersText({ builders }: StepPlan, usable: number): string {
  if (builders.length === 0) return 'none';
  if (builders.length > 1 && builders.length === usable) return `any of ${usable}`;
  return some(builders.map(machineName), 3);
}

/** Why dispatch changed a derivation, and its original path, by which the user knows it. */
function marksOf(
  { poisoned }: RunTally,
  onGroups: ReadonlySet<StorePath>,
): (step: StepPlan) => string[] {
  const serials = new Map(poisoned.map((one) => [one.rewritten, one]));
  return ({ original, rewritten }) => {
    const poison = serials.get(rewritten);
    if (poison !== undefined) {
      const reason = poison.reason === undefined ? '' : `: ${harmless(poison.reason)}`;
      return [`(poisoned, serial ${poison.serial}${reason})`];
    }
    if (original === rewritten) return [];
    // Without poison, only a group changes a derivation.
    const isOnGroup = poisoned.length === 0 || onGroups.has(rewritten);
    const why = isOnGroup ? 'of a group, or depends on one' : 'depends on something poisoned';
    return [`(${why}; it was ${original})`];
  };
}

/** Members and all that depends on them; relies on steps that come after their inputs. */
function stepsOnGroups(
  steps: readonly StepPlan[],
  groups: readonly GroupPlan[],
): ReadonlySet<StorePath> {
  const found = new Set(groups.flatMap(({ members }) => members.map(({ step }) => step)));
  for (const { rewritten, dependencies } of steps)
    if (dependencies.some((path) => found.has(path))) found.add(rewritten);
  return found;
}

function groupLine(group: GroupPlan): string {
  const members = group.members.map(({ name }) => oneLine(name)).join(', ');
  const attempt = group.mark === firstMark ? 'its first attempt' : 'tried before, so on new paths';
  return `  ${groupTitle(group)}: ${members} (${attempt})`;
}

function misfitLines(group: GroupPlan, { featuresMissing }: RunTally): string[] {
  if (group.misfit === undefined) return [];
  const reasons = misfitTexts(group.misfit, group, featuresMissing);
  return [
    `these machines could never hold the group ${groupTitle(group)}`,
    ...reasons.map((text) => `  ${harmless(text)}`),
  ];
}

function refusalLines({ rewritten, refusals }: StepPlan, { featuresMissing }: RunTally): string[] {
  if (refusals === undefined) return [];
  const reasons = refusalTexts(refusals, featuresMissing).map((text) => `  ${harmless(text)}`);
  return [`no builder can build ${rewritten}`, ...reasons];
}

function copyRows(found: readonly DerivationToCopy[]): string[] {
  const rows = found.map(({ name, builders, outputs }) => [
    `  ${name}`,
    some(builders.map(machineName), 3),
    outputs.map(({ rewritten }) => rewritten ?? '-').join(' '),
  ]);
  return table(['  NAME', 'FROM', 'PATHS'], rows);
}

function rootsThere(report: PlanReport): StorePath[] {
  return report.roots
    .filter((root) => rootState(root, report) === 'there')
    .flatMap(({ paths }) => paths.map(({ path }) => path));
}

/** Where the outputs of a root come from. */
export function rootState(
  { path, paths }: ReportedRoot,
  { steps, found, substitutes }: PlanReport,
): 'build' | 'copy' | 'fetch' | 'there' {
  if (steps.some(({ rewritten }) => rewritten === path)) return 'build';
  if (found.some(({ rewritten }) => rewritten === path)) return 'copy';
  return paths.some((output) => substitutes.includes(output.path)) ? 'fetch' : 'there';
}
