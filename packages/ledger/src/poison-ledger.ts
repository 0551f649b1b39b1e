import type { StorePath } from '@dispatch/nix/store-path';
import type { Identity } from './identity.ts';
import type { PoisonChange, PoisonRecord } from './poison-record.ts';
import type { Standing } from './standing.ts';

/**
 * The append-only ledger of serials. Records that share a path are one history, transitively, and
 * the highest record of a history counts (see `standing.ts`).
 */
export interface PoisonLedger {
  /**
   * Adds one record, whose epoch is one more than that of any record of its identities, taken inside
   * the write transaction. On disk when it resolves. Throws `epoch-out-of-range`, `bad-record`,
   * `disk-full`.
   */
  append(change: PoisonChange, options?: AppendOptions): Promise<Appended>;

  /** The standing of each identity, in the order asked, all read from one snapshot. */
  lookup(identities: readonly Identity[]): Promise<readonly Standing[]>;

  /** All records of the histories that any of the paths is in, the highest-ranking first. */
  history(paths: readonly StorePath[]): Promise<readonly PoisonRecord[]>;

  /** Every record, in the order of an export. */
  records(): Promise<readonly PoisonRecord[]>;

  /**
   * Adds the records that are not here yet: all of them, or (on any error) none. Throws `far-jump`,
   * `epoch-out-of-range`, `bad-record`, `disk-full`.
   */
  merge(records: readonly PoisonRecord[], options?: MergeOptions): Promise<MergeReport>;
}

export interface AppendOptions {
  /**
   * A serial that the derivation in hand carries already. The new epoch is above it, even when the
   * ledger has never heard of it.
   */
  readonly above?: number;
}

export interface Appended {
  /** What was written; undefined when a clear found nothing to clear, and nothing was written. */
  readonly record: PoisonRecord | undefined;
  /** The standing after this. */
  readonly standing: Standing;
}

export interface MergeOptions {
  /** Only report what would change. */
  readonly dryRun?: boolean;
  /** How many epochs a record may be ahead of what is known of its identities; 1,000 by default. */
  readonly maximumJump?: number;
}

export interface MergeReport {
  /** Records that were not here before. */
  readonly added: number;
  readonly alreadyKnown: number;
  /** Derivations whose serial changes, which will be rebuilt. Sorted by .drv path. */
  readonly changes: readonly SerialChange[];
}

export interface SerialChange {
  readonly identity: Identity;
  /** 0 for not poisoned. */
  readonly before: number;
  readonly after: number;
}
