import { derivationName } from '@dispatch/nix/store-path';
import type { RunId } from '@dispatch/scheduler/event';
import type { HeldUp } from '@dispatch/scheduler/held-up';
import { isPassing } from '@dispatch/scheduler/obstacles';
import type { RunEvent } from '../events.ts';

/** Tells each run, whenever they change, the builders that it waits for and somebody took out of use. */
export class HoldUps {
  readonly #tell: (run: RunId, event: RunEvent) => void;
  /** The builders that each run was told of. */
  readonly #told = new Map<RunId, string>();

  constructor(tell: (run: RunId, event: RunEvent) => void) {
    this.#tell = tell;
  }

  /** Takes note of all that is held up now. */
  note(all: readonly HeldUp[]): void {
    if (all.length === 0 && this.#told.size === 0) return;
    const byRun = groupedByRun(all);
    for (const [run, held] of byRun) this.#noteOf(run, held);
    for (const run of this.#told.keys()) {
      if (byRun.has(run)) continue;
      this.#told.delete(run);
      this.#tell(run, { type: 'held-up-over' });
    }
  }

  #noteOf(run: RunId, held: readonly HeldUp[]): void {
    const builders = [...new Set(held.flatMap(drainedOf))];
    const [step] = held.flatMap(({ steps }) => steps);
    const key = builders.toSorted().join('\n');
    if (step === undefined || this.#told.get(run) === key) return;
    this.#told.set(run, key);
    const count = held.reduce((sum, one) => sum + one.count, 0);
    this.#tell(run, { type: 'held-up', name: derivationName(step), more: count - 1, builders });
  }
}

function groupedByRun(all: readonly HeldUp[]): Map<RunId, HeldUp[]> {
  const byRun = new Map<RunId, HeldUp[]>();
  for (const held of all) byRun.set(held.run, [...(byRun.get(held.run) ?? []), held]);
  return byRun;
}

function drainedOf({ obstacles }: HeldUp): string[] {
  return obstacles.filter(isOnlyDrained).map(({ builder }) => builder);
}

/** Whether a builder would do if nobody had drained it; one that is also unfit would be of no use. */
function isOnlyDrained({ obstacles }: HeldUp['obstacles'][number]): boolean {
  return obstacles.some(({ type }) => type === 'draining') && obstacles.every(isPassing);
}
