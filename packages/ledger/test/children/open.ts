// Opens a ledger, and says how that failed: `open.ts URL`. Apart, since LMDB may end its process.
import { LedgerError } from '../../src/errors.ts';
import { openLedger } from '../../src/open-ledger.ts';

try {
  const ledger = await openLedger(process.argv[2] ?? '');
  await ledger.poison.records();
  await ledger.close();
  process.stdout.write('opened\n');
} catch (error) {
  if (!(error instanceof LedgerError)) throw error;
  process.stdout.write(`${error.code}\n${error.message}\n`);
  process.exitCode = 1;
}
