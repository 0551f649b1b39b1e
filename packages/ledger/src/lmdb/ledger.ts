import type { HistoryStore } from '../history-tables.ts';
import type { Ledger } from '../ledger.ts';
import type { Retention } from '../retention.ts';
import { StoredPoisonLedger } from '../stored-poison-ledger.ts';
import { LedgerAbout } from './about.ts';
import { LmdbBuiltOutputs } from './built-outputs.ts';
import { LmdbEnvironment } from './environment.ts';
import { LmdbGroups } from './groups.ts';
import { lmdbHistories } from './history-tables.ts';
import { LmdbRuns } from './runs.ts';

/** A ledger in a folder on a local disk, made where there is none, shared by processes. */
export async function openLmdbLedger(
  directory: string,
  variable: string | undefined,
  retention: Retention,
): Promise<Ledger> {
  const environment = LmdbEnvironment.open(directory);
  try {
    return ledgerIn(environment, variable, retention);
  } catch (error) {
    await environment.close();
    throw error;
  }
}

function ledgerIn(
  environment: LmdbEnvironment,
  variable: string | undefined,
  retention: Retention,
): Ledger {
  const about = new LedgerAbout(environment);
  const histories = lmdbHistories(environment);
  const settled = about.settleVariable(variable, () =>
    histories.read((tables) => tables.isEmpty()),
  );
  return {
    poison: new StoredPoisonLedger(underVariable(histories, about, settled)),
    runs: new LmdbRuns(environment, retention),
    built: new LmdbBuiltOutputs(environment, retention.outputs),
    groups: new LmdbGroups(environment, retention),
    variable: settled,
    close: () => environment.close(),
  };
}

/**
 * The store, with each write first checking, inside its transaction, that the variable is the same.
 */
function underVariable(store: HistoryStore, about: LedgerAbout, variable: string): HistoryStore {
  return {
    read: (action) => store.read(action),
    write: (action) =>
      store.write((tables) => {
        about.assertVariable(variable);
        return action(tables);
      }),
  };
}
