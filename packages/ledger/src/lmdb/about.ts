import { LedgerError, variableMismatch } from '../errors.ts';
import { defaultVariable } from '../ledger.ts';
import type { About } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import type { Table } from './table.ts';

const format = 1;
const aboutKey = 'about';

/** Reads and keeps the ledger's own description: its format, and the variable of its serials. */
export class LedgerAbout {
  readonly #environment: LmdbEnvironment;
  readonly #table: Table<string, 'about'>;

  constructor(environment: LmdbEnvironment) {
    this.#environment = environment;
    this.#table = environment.table('about', 'about');
  }

  /**
   * The variable to work under: the one asked for, else the ledger's. A ledger without poison
   * records may still change its variable. Throws `variable-mismatch`, `unknown-version`, `corrupt`.
   */
  settleVariable(asked: string | undefined, isEmpty: () => boolean): string {
    const stored = this.#environment.read(() => this.#read());
    if (stored !== undefined && (asked ?? stored.variable) === stored.variable) {
      return stored.variable;
    }
    return this.#environment.write(() => this.#settle(asked, isEmpty));
  }

  /**
   * To be called inside a write. Throws if another process has settled on another variable since.
   */
  assertVariable(variable: string): void {
    const stored = this.#read()?.variable;
    if (stored !== variable) throw this.#mismatch(stored ?? 'none', variable);
  }

  #settle(asked: string | undefined, isEmpty: () => boolean): string {
    const stored = this.#read();
    const variable = asked ?? stored?.variable ?? defaultVariable;
    if (stored !== undefined && stored.variable !== variable && !isEmpty()) {
      throw this.#mismatch(stored.variable, variable);
    }
    this.#table.put(aboutKey, { format, variable });
    return variable;
  }

  #read(): About | undefined {
    const about = this.#table.get(aboutKey);
    if (about === undefined || about.format === format) return about;
    throw new LedgerError(
      'unknown-version',
      `the ledger in ${this.#environment.directory} has format ${about.format}, and this dispatch ` +
        `reads format ${format}: use the newer dispatch that wrote it`,
      { path: this.#environment.directory },
    );
  }

  #mismatch(stored: string, asked: string): LedgerError {
    return variableMismatch(stored, asked, this.#environment.directory);
  }
}
