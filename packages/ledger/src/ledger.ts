import type { BuiltOutputs } from './built-outputs.ts';
import type { Groups } from './groups.ts';
import type { PoisonLedger } from './poison-ledger.ts';
import type { Runs } from './runs.ts';

/** All that is remembered between runs, behind one URL. */
export interface Ledger {
  readonly poison: PoisonLedger;
  readonly runs: Runs;
  readonly built: BuiltOutputs;
  readonly groups: Groups;
  /** The environment variable that the ledger's serials go into; one per ledger. */
  readonly variable: string;
  /** Releases the files; calls after it fail. May be called twice. */
  close(): Promise<void>;
}

/** The variable of a ledger for which nobody has named another. */
export const defaultVariable = 'dispatchSerial';
