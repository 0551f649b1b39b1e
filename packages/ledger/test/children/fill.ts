// Poisons until that fails, and says how: `fill.ts URL`. Apart, since LMDB may print by itself.
import { LedgerError } from '../../src/errors.ts';
import { openLedger } from '../../src/open-ledger.ts';
import { change, identity } from '../support/samples.ts';

const reason = 'why '.repeat(1000);

const ledger = await openLedger(process.argv[2] ?? '');
try {
  for (let at = 0; ; at += 1)
    await ledger.poison.append(change(identity(`big${at}`), 'poison', { reason }));
} catch (error) {
  if (!(error instanceof LedgerError)) throw error;
  process.stdout.write(`${error.code}\n`);
}
await ledger.close();
