import type { GroupPlan, PlanReport } from '@dispatch/engine/plan/plan-report';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { RunTally } from '../build/run-tally.ts';
import { misfitTexts } from '../show/group-misfit.ts';
import { type FeaturesByBuilder, refusalTexts } from '../show/obstacles.ts';
import { poisonedJson } from '../show/poisoned-json.ts';
import { rootState } from './plan-text.ts';

/** A plan for programs, as `docs/json.md` describes it. */
export function planJson(report: PlanReport, { poisoned, featuresMissing }: RunTally): object {
  return {
    roots: report.roots.map((root) => ({
      given: root.given,
      original: root.original,
      drvPath: root.path,
      outputs: Object.fromEntries(root.paths.map(({ output, path }) => [output, path])),
      state: rootState(root, report),
    })),
    poisoned: poisoned.map(poisonedJson),
    build: report.steps.map((step) => ({
      ...derivationJson(step),
      dependencies: step.dependencies,
      expectedMs: step.expectedMs,
      builders: step.builders,
      refusals: step.refusals === undefined ? [] : refusalTexts(step.refusals, featuresMissing),
    })),
    groups: report.groups.map((group) => groupJson(group, featuresMissing)),
    copy: report.found.map((one) => ({ ...derivationJson(one), builders: one.builders })),
    fetch: report.substitutes,
    expectedMs: report.durationMs,
    neverBuilt: report.unknown,
  };
}

function groupJson(
  { name, id, key, mark, join, members, misfit }: GroupPlan,
  missing: FeaturesByBuilder,
): object {
  return {
    name,
    id,
    key,
    mark,
    join,
    members: members.map((member) => ({
      name: member.name,
      role: member.role,
      drvPath: member.step,
    })),
    misfit: misfit === undefined ? [] : misfitTexts(misfit, { members }, missing),
  };
}

function derivationJson({ rewritten, original, name, system, outputs }: StepIdentity): object {
  const paths = outputs.map((output) => [output.name, output.rewritten ?? null]);
  return { drvPath: rewritten, original, name, system, outputs: Object.fromEntries(paths) };
}
