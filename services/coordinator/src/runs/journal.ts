import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runIdPattern } from '@dispatch/engine/run-id';
import { messageOf } from '@dispatch/nix/message-of';
import * as z from 'zod';
import { buildOrderSchema } from '../messages/build-order.ts';
import { type Place, requestFileOf, requestsFolderOf } from '../place/place.ts';
import { writeWhole } from '../place/write-whole.ts';
import type { RunOpening } from './known-run.ts';

/** A run as it stands in its file. */
interface Entry extends RunOpening {
  readonly version: 1;
  /** How often a coordinator began with it and did not come to an orderly end. */
  readonly starts: number;
}

const entrySchema: z.ZodType<Entry> = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(runIdPattern),
  order: buildOrderSchema,
  detached: z.boolean(),
  startedAt: z.number(),
  starts: z.int().min(0),
});

/** One that ended this many coordinators in a row is not begun again. */
const mostStarts = 3;

/**
 * The runs that somebody asked for and that are not over, each in a file: written before anything is
 * done, taken away at its end. What is here when a coordinator starts was left by one that was killed.
 */
export class Journal {
  readonly #place: Place;
  /** What is written, and was neither taken away nor given back. */
  readonly #begun = new Map<string, Entry>();

  constructor(place: Place) {
    this.#place = place;
    mkdirSync(requestsFolderOf(place), { recursive: true, mode: 0o700 });
  }

  /** It is on disk when this resolves. */
  write(opening: RunOpening, starts = 1): Promise<void> {
    const { id, order, detached, startedAt } = opening;
    return this.#put({ version: 1, id, order, detached, startedAt, starts });
  }

  /** The next coordinator goes on with it; it was not the run that ended this one. On disk when this resolves. */
  async giveBack(id: string): Promise<void> {
    const entry = this.#begun.get(id);
    if (entry !== undefined) await this.#put({ ...entry, starts: entry.starts - 1 });
  }

  /** It is over. */
  remove(id: string): void {
    this.#begun.delete(id);
    rmSync(requestFileOf(this.#place, id), { force: true });
  }

  /**
   * What was left behind, oldest first; each is counted as begun once more. `refused` hears of what
   * cannot be read, or ended too many coordinators: that is laid aside.
   */
  async takeUp(refused: (file: string, why: string) => void): Promise<RunOpening[]> {
    const found: RunOpening[] = [];
    const folder = requestsFolderOf(this.#place);
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    for (const name of names.toSorted()) {
      const file = join(folder, name);
      const { entry, fault } = readEntry(file);
      if (entry === undefined) {
        renameSync(file, `${file}.refused`);
        refused(file, fault);
        continue;
      }
      // A disk that is full keeps nobody from going on: this start is only not counted.
      await this.write(entry, entry.starts + 1).catch(() => {});
      found.push(entry);
    }
    return found;
  }

  async #put(entry: Entry): Promise<void> {
    await writeWhole(requestFileOf(this.#place, entry.id), JSON.stringify(entry));
    this.#begun.set(entry.id, entry);
  }
}

type Reading =
  | { readonly entry: Entry; readonly fault?: never }
  | { readonly entry?: never; readonly fault: string };

function readEntry(file: string): Reading {
  try {
    const entry = entrySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (entry.starts < mostStarts) return { entry };
    return { fault: `${entry.starts} coordinators have ended with it` };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}
