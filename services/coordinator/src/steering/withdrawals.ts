import { existsSync, readFileSync, renameSync } from 'node:fs';
import type { Steering, Withdrawal } from '@dispatch/engine/farm/steering';
import { messageOf } from '@dispatch/nix/message-of';
import * as z from 'zod';
import { builderName } from '../messages/builder-name.ts';
import { type Place, withdrawalsFileOf } from '../place/place.ts';
import { writeWhole } from '../place/write-whole.ts';

/** A builder that somebody took out of use. */
export interface WithdrawnBuilder {
  /** The URI of its store. */
  readonly builder: string;
  readonly withdrawal: Withdrawal;
  /** Unix milliseconds. */
  readonly since: number;
}

const mostBuilders = 10_000;

const fileSchema: z.ZodType<{ version: 1; builders: WithdrawnBuilder[] }> = z.strictObject({
  version: z.literal(1),
  builders: z
    .array(
      z.strictObject({
        builder: builderName,
        withdrawal: z.enum(['drain', 'skip']),
        since: z.number(),
      }),
    )
    .max(mostBuilders),
});

/**
 * The builders that are out of use, in a file of the coordinator's place, until somebody resumes
 * them, even if the coordinator is killed. Only the holder of the place may change the file.
 */
export class Withdrawals {
  readonly #file: string;
  #all: readonly WithdrawnBuilder[];
  #noted: Promise<void> = Promise.resolve();

  private constructor(file: string, all: readonly WithdrawnBuilder[]) {
    this.#file = file;
    this.#all = all;
  }

  /** Reads the file. One that cannot be read is renamed and reported to `refused`. */
  static open(place: Place, refused: (file: string, why: string) => void): Withdrawals {
    const file = withdrawalsFileOf(place);
    try {
      return new Withdrawals(file, readWithdrawn(place));
    } catch (error) {
      renameSync(file, `${file}.refused`);
      refused(file, messageOf(error));
      return new Withdrawals(file, []);
    }
  }

  get all(): readonly WithdrawnBuilder[] {
    return this.#all;
  }

  /** Takes builders out of use, or back; on disk when this resolves. Calls are queued. */
  note(builders: readonly string[], steering: Steering, now: number): Promise<void> {
    const noted = this.#noted.then(() => this.#change(builders, steering, now));
    this.#noted = noted.catch(() => {});
    return noted;
  }

  async #change(builders: readonly string[], steering: Steering, now: number): Promise<void> {
    const others = this.#all.filter(({ builder }) => !builders.includes(builder));
    const changed =
      steering === 'resume' ? [] : builders.map((one) => this.#entry(one, steering, now));
    const all = [...others, ...changed];
    await writeWhole(this.#file, JSON.stringify({ version: 1, builders: all }));
    this.#all = all;
  }

  /** A builder that is drained and then skipped is out of use since it was drained. */
  #entry(builder: string, withdrawal: Withdrawal, now: number): WithdrawnBuilder {
    const known = this.#all.find((one) => one.builder === builder);
    return { builder, withdrawal, since: known?.since ?? now };
  }
}

/** The builders that a place's file names, for those who only look. Throws if it is unreadable. */
export function readWithdrawn(place: Place): readonly WithdrawnBuilder[] {
  const file = withdrawalsFileOf(place);
  if (!existsSync(file)) return [];
  return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).builders;
}
