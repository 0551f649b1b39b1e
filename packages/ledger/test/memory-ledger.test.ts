import { describe } from 'vitest';
import type { Ledger } from '../src/ledger.ts';
import { openLedger } from '../src/open-ledger.ts';
import type { Retention } from '../src/retention.ts';
import { builtOutputsContract } from './contract/built-outputs.ts';
import { groupsContract } from './contract/groups.ts';
import { poisonLedgerContract } from './contract/poison-ledger.ts';
import { poisonLedgerProperties } from './contract/poison-properties.ts';
import { runsContract } from './contract/runs.ts';

function keeping(retention?: Retention): Promise<Ledger> {
  return openLedger('memory:', retention === undefined ? {} : { retention });
}

describe('memory ledger', () => {
  poisonLedgerContract(() => openLedger('memory:'));
  poisonLedgerProperties(() => openLedger('memory:'), 200);
  runsContract(keeping);
  builtOutputsContract(keeping);
  groupsContract(keeping);
});
