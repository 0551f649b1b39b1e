import type { Identity } from './identity.ts';

/** What a record does to the derivations that it names. */
export type Effect = 'poison' | 'clear';

/** One decision about a derivation. Records are only ever added, never changed. */
export interface PoisonRecord {
  readonly identity: Identity;
  /** Place in the history of these identities, 1 to 2^31; the serial, where the effect is poison. */
  readonly epoch: number;
  readonly effect: Effect;
  /** Who says so. A claim: nothing proves it. */
  readonly author: string;
  /** Unix milliseconds on the author's clock; for people, never for ordering epochs. */
  readonly time: number;
  readonly reason: string;
}

/** A record before the ledger gives it its epoch. */
export type PoisonChange = Omit<PoisonRecord, 'epoch'>;

/** The highest epoch, and so the highest serial that is ever injected. */
export const maximumEpoch: number = 2 ** 31;

/** How an author is named to people. Records carry no signatures, so every author is unproven. */
export function shownAuthor(record: PoisonRecord): string {
  return `${record.author} (unproven)`;
}
