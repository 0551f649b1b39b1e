import { groupOf } from './random-graph.ts';

/** An event of a run, as `--debug` writes it. */
interface DebugEvent {
  /** Unix milliseconds. */
  readonly time: number;
  readonly type: string;
  readonly name?: string;
  readonly builder?: string;
  readonly result?: { readonly type: string; readonly builder?: string };
  readonly path?: string;
  readonly reason?: string;
}

const lostEnds = new Set(['faults-exhausted', 'unsupported', 'group-lost']);

/** What one run told of its steps. */
export class RunHistory {
  readonly #events: readonly DebugEvent[];

  constructor(stderr: string) {
    this.#events = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as DebugEvent);
  }

  /** When the run told something for the last time, in Unix milliseconds; 0 if it never did. */
  get lastTime(): number {
    return this.#events.at(-1)?.time ?? 0;
  }

  /** Outputs that were brought to the hub, and were not said to be lost there. */
  get collected(): Set<string> {
    const paths = new Set<string>();
    for (const { type, path = '' } of this.#events) {
      if (type === 'output-collected') paths.add(path);
      if (type === 'output-lost') paths.delete(path);
    }
    return paths;
  }

  /** How often each step was begun. */
  get begun(): Map<string, number> {
    return this.#count('step-started');
  }

  /** How often each step was lost with its machine. */
  get lost(): Map<string, number> {
    return this.#count('attempt-lost');
  }

  /** What became of each step in the end. */
  get ends(): Map<string, string> {
    const ended = this.#events.filter(({ type }) => type === 'step-ended');
    return new Map(ended.map((event) => [event.name ?? '', event.result?.type ?? '']));
  }

  /** How many steps were given up because their machines were lost. */
  get givenUp(): number {
    return [...this.ends.values()].filter((end) => lostEnds.has(end)).length;
  }

  /**
   * Steps that were begun again although they were finished, on a machine of which nobody had said since that it
   * cannot be used, that it lost an output, or that a step was lost on it.
   */
  get needlessRepeats(): string[] {
    const finishedOn = new Map<string, string | undefined>();
    const repeats: string[] = [];
    for (const event of this.#events) {
      const { type, name = '', builder } = event;
      if (type === 'step-started' && finishedOn.has(name)) repeats.push(`${name} on ${builder}`);
      if (type === 'step-ended' && event.result?.type === 'succeeded')
        finishedOn.set(name, event.result.builder);
      if (['builder-unusable', 'attempt-lost', 'output-lost'].includes(type))
        forget(finishedOn, (_, holder) => type === 'output-lost' || holder === builder);
      // The machine may have lost it while it could not be used, and have ended the step only then.
      const missing = type === 'inputs-lost' ? missingInput(event) : undefined;
      if (missing !== undefined) forget(finishedOn, (finished) => finished === missing);
    }
    return repeats;
  }

  #count(type: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { name = '' } of this.#events.filter((event) => event.type === type)) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }
}

/** The name of an input that a machine turned out to lack. */
function missingInput({ reason = '' }: DebugEvent): string | undefined {
  return /needs '[^' ]*\/[^-]*-([^']*)', and \S+ does not have it/.exec(reason)?.[1];
}

/** Forgets what was finished on a machine, and may be gone with it; with a member goes its whole group. */
function forget(
  finishedOn: Map<string, string | undefined>,
  isGone: (name: string, builder: string | undefined) => boolean,
): void {
  const gone = [...finishedOn].filter(([name, builder]) => isGone(name, builder));
  const groups = new Set(gone.flatMap(([name]) => groupOf(name) ?? []));
  for (const [name] of gone) finishedOn.delete(name);
  for (const name of finishedOn.keys()) {
    if (groups.has(groupOf(name) ?? '')) finishedOn.delete(name);
  }
}
