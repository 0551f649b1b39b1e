import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import type { StorePath } from '@dispatch/nix/store-path';

/** Whether something that was built is still good. */
export interface CheckReport {
  /** What the person named. */
  readonly word: string;
  readonly path: StorePath;
  readonly verdict: Verdict;
  /** Derivations that were looked at. */
  readonly derivations: number;
  readonly poisoned: readonly PoisonedInput[];
  /** Serials in it that the ledger does not know of; they were somebody's poison, and are kept. */
  readonly unproven: readonly UnprovenInput[];
  /** What could only be judged by its own path. */
  readonly unchecked: readonly UncheckedPath[];
}

/** `unknown`: nothing poisoned was found, but not all could be looked at. */
export type Verdict = 'valid' | 'poisoned' | 'unknown';

/** A derivation that went into it in a form that was poisoned since. */
export interface PoisonedInput {
  readonly original: StorePath;
  readonly name: string;
  /** The serial of the form that went into it; 0 for none. */
  readonly carried: number;
  /** The serial that counts now. */
  readonly serial: number;
  readonly record: PoisonRecord | undefined;
  /** From what was checked down to it; the paths are in the form that was found. */
  readonly chain: readonly { readonly name: string; readonly path: StorePath }[];
}

export interface UnprovenInput {
  readonly original: StorePath;
  readonly name: string;
  readonly serial: number;
}

/** A path in the runtime closure whose derivation is not there to be read. */
export interface UncheckedPath {
  readonly path: StorePath;
  /** The derivation that made it, as far as the store or a run remembers. */
  readonly deriver: StorePath | undefined;
}
