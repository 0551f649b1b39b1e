import { describe } from 'vitest';
import { openLedger } from '../src/open-ledger.ts';
import { poisonLedgerContract } from './contract/poison-ledger.ts';
import { poisonLedgerProperties } from './contract/poison-properties.ts';
import { runsContract } from './contract/runs.ts';

describe('memory ledger', () => {
  poisonLedgerContract(() => openLedger('memory:'));
  poisonLedgerProperties(() => openLedger('memory:'), 200);
  runsContract((retention) => openLedger('memory:', retention === undefined ? {} : { retention }));
});
