import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import type { StorePath } from '@dispatch/nix/store-path';

/** Whether something that was built is still good. */
export interface CheckReport {
  /** What the person named. */
  readonly word: string;
  readonly path: StorePath;
  readonly verdict: Verdict;
  /** How many derivations were looked at. */
  readonly derivations: number;
  readonly poisoned: readonly PoisonedInput[];
  /** Derivations with a serial that the ledger does not know: somebody's poison, which is kept. */
  readonly unproven: readonly UnprovenInput[];
  /** Paths that could be judged only by themselves, since their derivation is gone. */
  readonly unchecked: readonly UncheckedPath[];
}

/** `unknown`: nothing poisoned was found, but not all could be looked at. */
export type Verdict = 'valid' | 'poisoned' | 'unknown';

/** A derivation that the path was built from, in a form that has been poisoned since. */
export interface PoisonedInput {
  readonly original: StorePath;
  readonly name: string;
  /** The serial of that form; 0 for none. */
  readonly carried: number;
  /** The serial that counts now. */
  readonly serial: number;
  readonly record: PoisonRecord | undefined;
  /** From the checked path down to the derivation; paths are those of the forms that were found. */
  readonly chain: readonly { readonly name: string; readonly path: StorePath }[];
}

export interface UnprovenInput {
  readonly original: StorePath;
  readonly name: string;
  readonly serial: number;
}

/** A path that was found on the way, and whose derivation is not there to be read. */
export interface UncheckedPath {
  readonly path: StorePath;
  /** The derivation that made it, as far as the store or a run remembers. */
  readonly deriver: StorePath | undefined;
}
