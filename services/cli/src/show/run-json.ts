import type { ReportedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { RunReport, RunResults } from '@dispatch/engine/report/run-report';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import type { RunTally } from '../build/run-tally.ts';
import { type GroupJson, groupJson } from './group-json.ts';
import { type PoisonedJson, poisonedJson } from './poisoned-json.ts';
import { resultMessage, type StepStatus, statuses } from './step-status.ts';

/** What `dispatch build --json` prints. What is not known is null; no field is left out. */
export interface RunJson extends ResultsJson {
  readonly run: string;
  readonly roots: readonly RootJson[];
}

/** The result of one run, or of several, without the roots. */
export interface ResultsJson {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly poisoned: readonly PoisonedJson[];
  readonly steps: readonly StepJson[];
  readonly groups: readonly GroupJson[];
  readonly substitutes: readonly StorePath[];
  readonly links: readonly { readonly link: string; readonly path: StorePath }[];
  /** Built, and not brought to the store where results go. */
  readonly uncollected: readonly { readonly path: StorePath; readonly reason: string }[];
}

/** A root, with all its paths. */
export interface RootJson {
  readonly given: StorePath;
  readonly original: StorePath;
  readonly drvPath: StorePath;
  readonly outputs: Readonly<Record<string, StorePath>>;
}

interface StepJson {
  readonly drvPath: StorePath;
  readonly original: StorePath;
  readonly name: string;
  readonly system: string;
  readonly outputs: Readonly<Record<string, StorePath | null>>;
  /** Null when the run ended before the step. */
  readonly status: StepStatus | null;
  /** Nix's own name for the way in which the build failed. */
  readonly buildStatus: string | null;
  readonly builder: string | null;
  readonly durationMs: number | null;
  readonly logFile: string | null;
  /** Why it was not built. */
  readonly message: string | null;
}

/** The whole of a run as one object for programs, as `docs/json.md` has it. */
export function runJson(report: RunReport, tally: RunTally): RunJson {
  const { outcome, ...rest } = resultsJson(report, tally);
  return { run: report.run, outcome, roots: report.roots.map(rootJson), ...rest };
}

/** A root for programs, with all its paths. */
export function rootJson({ given, original, path, paths }: ReportedRoot): RootJson {
  const outputs = Object.fromEntries(paths.map((output) => [output.output, output.path]));
  return { given, original, drvPath: path, outputs };
}

/** The part that is the same for one run and for several. */
export function resultsJson(report: RunResults, tally: RunTally): ResultsJson {
  return {
    outcome: report.outcome,
    poisoned: tally.poisoned.map(poisonedJson),
    steps: report.steps.map((step) => stepJson(step, report.results.get(step.rewritten), tally)),
    groups: [...tally.groups.values()].map(groupJson),
    substitutes: report.substitutes,
    links: report.links,
    uncollected: report.uncollected,
  };
}

function stepJson(step: StepIdentity, result: StepResult | undefined, tally: RunTally): StepJson {
  const end = tally.ends.get(step.rewritten);
  return {
    drvPath: step.rewritten,
    original: step.original,
    name: step.name,
    system: step.system,
    outputs: Object.fromEntries(step.outputs.map((it) => [it.name, it.rewritten ?? null])),
    status: result === undefined ? null : statuses[result.type],
    buildStatus: result?.type === 'failed' ? result.status : null,
    builder: result !== undefined && 'builder' in result ? (result.builder ?? null) : null,
    durationMs: end?.durationMs ?? null,
    logFile: end?.logFile ?? null,
    message: result === undefined ? null : resultMessage(result, tally.featuresMissing),
  };
}
