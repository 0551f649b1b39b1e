import { existsSync } from 'node:fs';
import { identityPaths } from '@dispatch/ledger/identity';
import type { StepOfRun } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import { logFolder } from '../build/log-folders.ts';
import { recordIn } from '../coordinator/recorded-run.ts';
import { CommandError } from '../errors.ts';
import { namedSource } from '../roots/evaluation-flags.ts';
import { findSubject, locateWord, withSubjects } from '../subjects/find-subjects.ts';
import type { SubjectFlags } from '../subjects/subject-flags.ts';
import type { SubjectWorld } from '../subjects/subject-world.ts';
import { type HubLog, hubLog } from './hub-log.ts';
import { type UnrecordedLog, unrecordedLog } from './unrecorded-log.ts';

/** Where the log of a build was found. */
export type FoundLog = RunLog | UnrecordedLog | HubLog;

/** A log that a run of dispatch kept. */
export interface RunLog {
  readonly from: 'run';
  readonly step: StepOfRun;
  /** Undefined when the build printed nothing. */
  readonly file: string | undefined;
  /** Whether the run built the very path that was named, and not another form of its derivation. */
  readonly isExact: boolean;
}

interface LogFlags extends SubjectFlags {
  readonly run?: string;
}

/** Finds the log of what was named. Throws `no-log`, with what to do, and what finding a subject throws. */
export async function findLog(
  word: string | undefined,
  flags: LogFlags,
  world: SubjectWorld,
): Promise<FoundLog> {
  const paths = await pathsOf(word, flags, world);
  const records: StepOfRun[] = [];
  for (const path of paths) records.push(...(await world.ledger.runs.recordsOfPath(path)));
  const ofRun = records.filter(({ run }) => flags.run === undefined || run === flags.run);
  const kept = newestKept(ofRun, paths[0]);
  if (kept !== undefined) return kept;
  const left = await unrecordedLog(paths, logFolder(), flags.run);
  if (left !== undefined) return left;
  const own = flags.run === undefined ? await hubLog(paths, flags.store) : undefined;
  if (own !== undefined) return own;
  if (flags.run !== undefined) await recordIn(world.ledger, flags.run);
  throw noLog(word ?? givenIn(flags), flags.run, ofRun, records);
}

function givenIn({ file, expr, attr }: LogFlags): string {
  return [file ?? expr ?? '', ...(attr ?? []).map((path) => `-A ${path}`)].join(' ');
}

const oneAtATime = 'name one derivation at a time';

/** The path that was named and, where no run knows it, the paths of its original, in order of preference. */
async function pathsOf(
  word: string | undefined,
  flags: LogFlags,
  world: SubjectWorld,
): Promise<readonly StorePath[]> {
  if (word === undefined) {
    return withSubjects([], flags, world, async (named) => {
      const [first, ...more] = named;
      if (first === undefined || more.length > 0) throw wrong(oneAtATime);
      return identityPaths(first.subject.identity);
    });
  }
  if (namedSource(flags) !== undefined || flags.attr !== undefined) throw wrong(oneAtATime);
  const path = await locateWord(word, world);
  const isKnown = path !== undefined && (await world.ledger.runs.recordsOfPath(path)).length > 0;
  if (isKnown) return [path];
  const { subject } = await findSubject(word, flags, world);
  const all = identityPaths(subject.identity);
  return path === undefined ? all : [path, ...all.filter((other) => other !== path)];
}

/** The newest log of the form that was named, else of another form of the same original. */
function newestKept(
  records: readonly StepOfRun[],
  named: StorePath | undefined,
): RunLog | undefined {
  const built = records.filter(isOfBuild);
  const makes = (step: StepOfRun): boolean =>
    step.rewritten === named || step.outputs.some(({ rewritten }) => rewritten === named);
  for (const isExact of [true, false]) {
    for (const step of built) {
      const { logFile } = step;
      if (makes(step) !== isExact || (logFile !== undefined && !existsSync(logFile))) continue;
      return { from: 'run', step, file: logFile, isExact };
    }
  }
  return undefined;
}

/** Whether a step was built, or tried: one that failed without a machine was never begun. */
function isOfBuild({ status, builder }: StepOfRun): boolean {
  return status === 'built' || (status === 'failed' && builder !== undefined);
}

function noLog(
  word: string,
  run: string | undefined,
  ofRun: readonly StepOfRun[],
  all: readonly StepOfRun[],
): CommandError {
  return new CommandError('no-log', `no log of '${word}': ${whyNone(run, ofRun, all)}`);
}

function whyNone(
  run: string | undefined,
  ofRun: readonly StepOfRun[],
  all: readonly StepOfRun[],
): string {
  const gone = ofRun.find(({ logFile }) => logFile !== undefined);
  if (gone !== undefined) {
    return `that of run ${gone.run} was removed, since only those of the newest runs are kept; build it again`;
  }
  const other = all.find(({ logFile }) => logFile !== undefined);
  if (run !== undefined && other !== undefined) {
    return `run ${run} did not build it; run ${other.run} did: name that one, or leave --run out`;
  }
  const [step] = ofRun;
  if (step !== undefined) return `it was never begun (${step.status} in run ${step.run})`;
  return 'no run of dispatch built it here, and the local Nix has none either; build it, or ask where it was built';
}

function wrong(message: string): CommandError {
  return new CommandError('bad-argument', message);
}
