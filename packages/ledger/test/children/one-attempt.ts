// Begins one attempt when it is told to, says what came of that, and stays: `one-attempt.ts URL`.
import { once } from 'node:events';
import { openLedger } from '../../src/open-ledger.ts';
import { attempt } from '../support/attempts.ts';

const [url = ''] = process.argv.slice(2);
const ledger = await openLedger(url);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say('ready');
await once(process.stdin, 'data');
await ledger.groups.begin(attempt('race')).then(
  () => say('begun'),
  (error: { readonly code: string }) => say(error.code),
);
await once(process.stdin, 'end');
