import type { Ledger } from '../ledger.ts';
import type { Retention } from '../retention.ts';
import { StoredPoisonLedger } from '../stored-poison-ledger.ts';
import { MemoryBuiltOutputs } from './built-outputs.ts';
import { MemoryGroups } from './groups.ts';
import { memoryHistories } from './history-tables.ts';
import { MemoryRuns } from './runs.ts';

/** A ledger that lives and dies with the process: for tests and for trying things out. */
export function openMemoryLedger(variable: string, retention: Retention): Ledger {
  return {
    poison: new StoredPoisonLedger(memoryHistories()),
    runs: new MemoryRuns(retention),
    built: new MemoryBuiltOutputs(retention.outputs),
    groups: new MemoryGroups(retention),
    variable,
    close: async () => {},
  };
}
