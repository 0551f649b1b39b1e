import { describe } from 'vitest';
import { openLedger } from '../src/open-ledger.ts';
import type { Retention } from '../src/retention.ts';
import { builtOutputsContract } from './contract/built-outputs.ts';
import { groupsContract } from './contract/groups.ts';
import { poisonLedgerContract } from './contract/poison-ledger.ts';
import { poisonLedgerProperties } from './contract/poison-properties.ts';
import { runsContract } from './contract/runs.ts';
import { temporaryFolders } from './support/folder.ts';

describe('LMDB ledger', () => {
  const folder = temporaryFolders();
  const open = () => openLedger(`lmdb:${folder()}`);
  poisonLedgerContract(open);
  poisonLedgerProperties(open, 15);
  const keeping = (retention?: Retention) =>
    openLedger(`lmdb:${folder()}`, retention === undefined ? {} : { retention });
  runsContract(keeping);
  builtOutputsContract(keeping);
  groupsContract(keeping);
});
