import type { StorePath } from '@dispatch/nix/store-path';
import type { PathPair, StepOfRun, StepRecord } from '../run-record.ts';
import { stepPaths } from '../step-identity.ts';
import type { RunHeader, StepPlace } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import type { Table } from './table.ts';

/**
 * Runs as tables in LMDB. Each run has a number, counted up in the order in which they begin. There
 * is an index of steps by path, and one of durations, which holds the newest under each key; an
 * entry is removed with the run that it came from.
 */
export class RunTables {
  readonly #headers: Table<number, 'runHeader'>;
  readonly #numbers: Table<string, 'runNumber'>;
  readonly #roots: Table<number, 'runRoots'>;
  readonly #steps: Table<StepPlace, 'step'>;
  readonly #places: Table<PlaceKey, 'stepPlace'>;
  readonly #durations: Table<DurationKey, 'lastDuration'>;

  constructor(environment: LmdbEnvironment) {
    this.#headers = environment.table('runs', 'runHeader');
    this.#numbers = environment.table('run-ids', 'runNumber');
    this.#roots = environment.table('run-roots', 'runRoots');
    this.#steps = environment.table('run-steps', 'step');
    this.#places = environment.table('run-step-paths', 'stepPlace');
    this.#durations = environment.table('run-durations', 'lastDuration');
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  header(run: number): RunHeader | undefined {
    return this.#headers.get(run);
  }

  roots(run: number): readonly PathPair[] {
    return this.#roots.get(run) ?? [];
  }

  /** How much there is, without reading any of it. */
  get counts(): { readonly runs: number; readonly steps: number } {
    return { runs: this.#headers.count, steps: this.#steps.count };
  }

  /** Oldest first. */
  *headers(): Iterable<RunHeader & { readonly run: number }> {
    for (const { key, value } of this.#headers.rows()) yield { ...value, run: key };
  }

  newest(count: number): readonly number[] {
    return this.#headers.keys({ reverse: true, limit: count });
  }

  add(header: RunHeader, roots: readonly PathPair[]): void {
    const run = (this.#headers.lastKey ?? 0) + 1;
    this.putHeader(run, header);
    this.#numbers.put(header.id, run);
    this.#roots.put(run, roots);
  }

  putHeader(run: number, header: RunHeader): void {
    this.#headers.put(run, header);
  }

  addStep(place: StepPlace, step: StepRecord): void {
    const [run] = place;
    this.#steps.put(place, step);
    for (const key of placeKeys(step, run)) this.#places.put(key, place);
    if (step.status !== 'built' || step.durationMs === undefined) return;
    const duration = { run, milliseconds: step.durationMs };
    for (const key of durationKeys(step)) {
      if (this.#timedRun(key) <= run) this.#durations.put(key, duration);
    }
  }

  steps(run: number): readonly StepRecord[] {
    const rows = this.#steps.rows({ start: [run, 0], end: [run + 1, 0] });
    return [...rows].map(({ value }) => value);
  }

  /** The newest step for each derivation that the path belongs to, newest first. */
  stepsOfPath(path: StorePath): readonly StepRecord[] {
    const newest = new Map<string, StepPlace>();
    // Rows of one derivation come in the order of runs, so that the last one stays.
    for (const { key, value } of this.#places.rows(placesOf(path))) {
      newest.set(`${key[1]}\n${key[2]}`, value);
    }
    return [...newest.values()]
      .toSorted(newestFirst)
      .map((place) => this.#steps.get(place))
      .filter((step) => step !== undefined);
  }

  /** The steps that the path belongs to in each run, newest first. */
  recordsOfPath(path: StorePath): readonly StepOfRun[] {
    const places = [...this.#places.rows(placesOf(path))].map(({ value }) => value);
    return places.toSorted(newestFirst).flatMap((place) => {
      const step = this.#steps.get(place);
      const id = this.header(place[0])?.id;
      return step === undefined || id === undefined ? [] : [{ ...step, run: id }];
    });
  }

  lastDuration(key: DurationKey): number | undefined {
    return this.#durations.get(key)?.milliseconds;
  }

  remove(run: number): void {
    const header = this.header(run);
    if (header === undefined) return;
    this.steps(run).forEach((step, number) => {
      this.#removeStep(run, number, step);
    });
    this.#roots.remove(run);
    this.#numbers.remove(header.id);
    this.#headers.remove(run);
  }

  #removeStep(run: number, number: number, step: StepRecord): void {
    for (const key of placeKeys(step, run)) this.#places.remove(key);
    for (const key of durationKeys(step)) {
      if (this.#timedRun(key) === run) this.#durations.remove(key);
    }
    this.#steps.remove([run, number]);
  }

  /** The run that an entry of the index of durations came from; 0 when there is none. */
  #timedRun(key: DurationKey): number {
    return this.#durations.get(key)?.run ?? 0;
  }
}

function newestFirst([runA, stepA]: StepPlace, [runB, stepB]: StepPlace): number {
  return runB - runA || stepB - stepA;
}

type DurationKey = readonly string[];

/**
 * The keys of a step in the index of durations: its original derivation, and its name and system.
 */
export function durationKeys(step: {
  readonly original: StorePath;
  readonly name: string;
  readonly system: string;
}): [[string], [string, string]] {
  return [[step.original], [step.name, step.system]];
}

type PlaceKey = readonly [path: string, original: string, rewritten: string, run: number];

/**
 * The keys of a step in the index by path, one for each of its paths. The pair of derivations is
 * part of the key, since a path may belong to several.
 */
function placeKeys(step: StepRecord, run: number): PlaceKey[] {
  return stepPaths(step).map((path) => [path, step.original, step.rewritten, run]);
}

function placesOf(path: StorePath): { start: PlaceKey; end: PlaceKey } {
  return { start: [path, '', '', 0], end: [`${path}\u0001`, '', '', 0] };
}
