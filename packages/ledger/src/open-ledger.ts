import { resolve } from 'node:path';
import { badLedgerUrl } from './errors.ts';
import { defaultVariable, type Ledger } from './ledger.ts';
import { assertVariable } from './record-rules.ts';
import { type Retention, usualRetention } from './retention.ts';

export interface OpenLedgerOptions {
  /**
   * The serial variable to work under. A ledger that holds poison records under another name is
   * refused (`variable-mismatch`); without it, the ledger's own, or the default for a new one.
   */
  readonly variable?: string;
  readonly retention?: Retention;
}

type Opener = (location: string, options: OpenLedgerOptions) => Promise<Ledger>;

/** Each backend by its URL scheme, loaded only when it is asked for. */
const openers: ReadonlyMap<string, Opener> = new Map([
  [
    'lmdb',
    async (location, { variable, retention = usualRetention }) => {
      if (location === '') throw badLedgerUrl('lmdb:');
      const { openLmdbLedger } = await import('./lmdb/ledger.ts');
      return openLmdbLedger(resolve(location), variable, retention);
    },
  ],
  [
    'memory',
    async (location, { variable = defaultVariable, retention = usualRetention }) => {
      if (location !== '') throw badLedgerUrl(`memory:${location}`);
      const { openMemoryLedger } = await import('./memory/ledger.ts');
      return openMemoryLedger(variable, retention);
    },
  ],
]);

/**
 * Opens the ledger that a URL names: `lmdb:DIRECTORY` (made if it is not there) or `memory:`. Throws
 * `bad-ledger-url`, `bad-variable`, `variable-mismatch`, and what the backend throws on opening.
 */
export async function openLedger(url: string, options: OpenLedgerOptions = {}): Promise<Ledger> {
  const colon = url.indexOf(':');
  const opener = openers.get(url.slice(0, Math.max(colon, 0)));
  const location = url.slice(colon + 1);
  if (opener === undefined) throw badLedgerUrl(url);
  if (options.variable !== undefined) assertVariable(options.variable);
  return opener(location, options);
}
