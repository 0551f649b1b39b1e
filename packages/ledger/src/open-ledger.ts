import type { Ledger } from './ledger.ts';

export interface OpenLedgerOptions {
  /**
   * The serial variable to work under. A ledger that holds records under another name is refused
   * (`variable-mismatch`); without it, the ledger's own, or the default for a new one.
   */
  readonly variable?: string;
}

/** `lmdb:DIRECTORY` or `memory:`. */
export declare function openLedger(url: string, options?: OpenLedgerOptions): Promise<Ledger>;
