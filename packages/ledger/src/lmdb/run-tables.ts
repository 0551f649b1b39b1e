import type { StorePath } from '@dispatch/nix/store-path';
import { decode, encode } from '../encoding.ts';
import type { PathPair, StepOfRun, StepRecord } from '../run-record.ts';
import { stepPaths } from '../step-identity.ts';
import type { LastDuration, RunHeader, StepPlace } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import { entryCount, type Table } from './table.ts';

/**
 * Runs as tables in LMDB. Each run has a number, counted up in the order in which they begin. There
 * is an index of steps by path, and one of durations, which holds the newest under each key; an
 * entry goes when the run goes that it came from.
 */
export class RunTables {
  readonly #headers: Table<number>;
  readonly #numbers: Table<string>;
  readonly #roots: Table<number>;
  readonly #steps: Table<[number, number]>;
  readonly #places: Table<PlaceKey>;
  readonly #durations: Table<string[]>;

  constructor(environment: LmdbEnvironment) {
    this.#headers = environment.table<number>('runs');
    this.#numbers = environment.table<string>('run-ids');
    this.#roots = environment.table<number>('run-roots');
    this.#steps = environment.table<readonly [number, number]>('run-steps');
    this.#places = environment.table<Readonly<PlaceKey>>('run-step-paths');
    this.#durations = environment.table<readonly string[]>('run-durations');
  }

  numberOf(id: string): number | undefined {
    const bytes = this.#numbers.get(id);
    return bytes === undefined ? undefined : decode('runNumber', bytes);
  }

  header(run: number): RunHeader | undefined {
    const bytes = this.#headers.get(run);
    return bytes === undefined ? undefined : decode('runHeader', bytes);
  }

  roots(run: number): readonly PathPair[] {
    const bytes = this.#roots.get(run);
    return bytes === undefined ? [] : decode('runRoots', bytes);
  }

  /** How much there is, without reading any of it. */
  get counts(): { readonly runs: number; readonly steps: number } {
    return { runs: entryCount(this.#headers), steps: entryCount(this.#steps) };
  }

  /** Oldest first. */
  *headers(): Iterable<RunHeader & { readonly run: number }> {
    for (const { key, value } of this.#headers.getRange()) {
      yield { ...decode('runHeader', value), run: key };
    }
  }

  newest(count: number): readonly number[] {
    return [...this.#headers.getKeys({ reverse: true, limit: count })];
  }

  add(header: RunHeader, roots: readonly PathPair[]): void {
    const run = (this.newest(1)[0] ?? 0) + 1;
    this.putHeader(run, header);
    this.#numbers.putSync(header.id, encode('runNumber', run));
    this.#roots.putSync(run, encode('runRoots', roots));
  }

  putHeader(run: number, header: RunHeader): void {
    this.#headers.putSync(run, encode('runHeader', header));
  }

  addStep([run, number]: StepPlace, step: StepRecord): void {
    this.#steps.putSync([run, number], encode('step', step));
    const place = encode('stepPlace', [run, number]);
    for (const key of placeKeys(step, run)) this.#places.putSync(key, place);
    if (step.status !== 'built' || step.durationMs === undefined) return;
    const duration: LastDuration = { run, milliseconds: step.durationMs };
    for (const key of durationKeys(step)) {
      if (this.#timedRun(key) > run) continue;
      this.#durations.putSync(key, encode('lastDuration', duration));
    }
  }

  steps(run: number): readonly StepRecord[] {
    const range = this.#steps.getRange({ start: [run, 0], end: [run + 1, 0] });
    return [...range].map(({ value }) => decode('step', value));
  }

  /** The newest step for each derivation that the path belongs to, newest first. */
  stepsOfPath(path: StorePath): readonly StepRecord[] {
    const newest = new Map<string, StepPlace>();
    // Runs come in order within each derivation, so that the last one stays.
    for (const { key, value } of this.#places.getRange(placesOf(path))) {
      newest.set(`${key[1]}\n${key[2]}`, decode('stepPlace', value));
    }
    return [...newest.values()]
      .toSorted(newestFirst)
      .map((place) => this.#steps.get([...place]))
      .filter((bytes) => bytes !== undefined)
      .map((bytes) => decode('step', bytes));
  }

  /** The same, of every run. */
  recordsOfPath(path: StorePath): readonly StepOfRun[] {
    const places = [...this.#places.getRange(placesOf(path))].map(({ value }) =>
      decode('stepPlace', value),
    );
    return places.toSorted(newestFirst).flatMap(([run, number]) => {
      const bytes = this.#steps.get([run, number]);
      const id = this.header(run)?.id;
      return bytes === undefined || id === undefined ? [] : [{ ...decode('step', bytes), run: id }];
    });
  }

  lastDuration(key: readonly string[]): number | undefined {
    const bytes = this.#durations.get([...key]);
    return bytes === undefined ? undefined : decode('lastDuration', bytes).milliseconds;
  }

  remove(run: number): void {
    const header = this.header(run);
    if (header === undefined) return;
    this.steps(run).forEach((step, number) => {
      this.#removeStep(run, number, step);
    });
    this.#roots.removeSync(run);
    this.#numbers.removeSync(header.id);
    this.#headers.removeSync(run);
  }

  #removeStep(run: number, number: number, step: StepRecord): void {
    for (const key of placeKeys(step, run)) this.#places.removeSync(key);
    for (const key of durationKeys(step)) {
      if (this.#timedRun(key) === run) this.#durations.removeSync(key);
    }
    this.#steps.removeSync([run, number]);
  }

  /** The run that an entry of the index of durations came from; 0 when there is none. */
  #timedRun(key: string[]): number {
    const bytes = this.#durations.get(key);
    return bytes === undefined ? 0 : decode('lastDuration', bytes).run;
  }
}

function newestFirst([runA, stepA]: StepPlace, [runB, stepB]: StepPlace): number {
  return runB - runA || stepB - stepA;
}

/** Keys of the index of durations: the derivation itself, and whatever has its name and system. */
export function durationKeys(step: {
  readonly original: StorePath;
  readonly name: string;
  readonly system: string;
}): [[string], [string, string]] {
  return [[step.original], [step.name, step.system]];
}

type PlaceKey = [path: string, original: string, rewritten: string, run: number];

/** One entry for each path of the step, pair of derivations (a path may belong to several) and run. */
function placeKeys(step: StepRecord, run: number): PlaceKey[] {
  return stepPaths(step).map((path) => [path, step.original, step.rewritten, run]);
}

function placesOf(path: StorePath): { start: PlaceKey; end: PlaceKey } {
  return { start: [path, '', '', 0], end: [`${path}\u0001`, '', '', 0] };
}
