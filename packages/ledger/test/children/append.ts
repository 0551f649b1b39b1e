// Poisons the same derivation over and over: `append.ts URL COUNT`. Says each epoch once it is written.
import { openLedger } from '../../src/open-ledger.ts';
import { change, identity } from '../support/samples.ts';

const [url = '', count = '1'] = process.argv.slice(2);
const ledger = await openLedger(url);
process.stdout.write('ready\n');
process.stdin.once('data', () => void run());

async function run(): Promise<void> {
  for (let n = 0; n < Number(count); n += 1) {
    const { record } = await ledger.poison.append(change(identity('shared', 'out')));
    process.stdout.write(`${record?.epoch}\n`);
  }
  await ledger.close();
  process.exit(0);
}
