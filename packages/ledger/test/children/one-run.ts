// Begins a run, records a step of it, and waits to be killed: `one-run.ts URL`.
import { openLedger } from '../../src/open-ledger.ts';
import { step } from '../support/samples.ts';

const [url = ''] = process.argv.slice(2);
const ledger = await openLedger(url);
await ledger.runs.begin({ id: 'killed', startedAt: Date.now(), roots: [] });
await ledger.runs.recordSteps('killed', [step('a')]);
process.stdout.write('begun\n');
setInterval(() => {}, 1000);
