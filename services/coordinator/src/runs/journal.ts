import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runIdPattern } from '@dispatch/engine/run-id';
import { messageOf } from '@dispatch/nix/message-of';
import * as z from 'zod';
import { buildOrderSchema } from '../messages/build-order.ts';
import { type Place, requestFileOf, requestsFolderOf } from '../place/place.ts';
import { writeWhole } from '../place/write-whole.ts';
import type { RunOpening } from './known-run.ts';

/** A run as written in its file. */
interface Entry extends RunOpening {
  readonly version: 1;
  /** How many coordinators began with it without ending it properly. */
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

/** A run that ended this many coordinators in a row is not begun again. */
const mostStarts = 3;

/**
 * The runs that were requested and are not over, each in a file, which is written before anything
 * is done and removed at the run's end. The files that a starting coordinator finds were left by
 * one that was killed or ended early.
 */
export class Journal {
  readonly #place: Place;
  /** The entries that were written and not removed. */
  readonly #begun = new Map<string, Entry>();

  constructor(place: Place) {
    this.#place = place;
    mkdirSync(requestsFolderOf(place), { recursive: true, mode: 0o700 });
  }

  /** Writes a run; it is on disk when this resolves. */
  write(opening: RunOpening, starts = 1): Promise<void> {
    const { id, order, detached, startedAt } = opening;
    return this.#put({ version: 1, id, order, detached, startedAt, starts });
  }

  /**
   * Leaves a run to the next coordinator, and takes back the count of this start: the run did not
   * end this coordinator. On disk when this resolves.
   */
  async giveBack(id: string): Promise<void> {
    const entry = this.#begun.get(id);
    if (entry !== undefined) await this.#put({ ...entry, starts: entry.starts - 1 });
  }

  /** Removes a run that is over. */
  remove(id: string): void {
    this.#begun.delete(id);
    rmSync(requestFileOf(this.#place, id), { force: true });
  }

  /**
   * Reads the runs that were left behind, oldest first (their ids begin with the time), and counts
   * one more start for each. Files that cannot be read, or whose run ended too many coordinators,
   * are renamed and reported to `refused`.
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
      // On a full disk the run goes on all the same; only this start is not counted.
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
