// Writes poison records and runs without end, to be killed: `churn.ts URL NAME`.
import { openLedger } from '../../src/open-ledger.ts';
import { change, drv, identity, step } from '../support/samples.ts';

const [url = '', name = ''] = process.argv.slice(2);
const ledger = await openLedger(url, {
  retention: { runs: 20, steps: 200, outputs: 10, attempts: 10 },
});
const roots = [{ original: drv('root'), rewritten: drv('root') }];
for (let n = 0; ; n += 1) {
  const of = identity(`x${n % 7}`, `out${n % 7}`);
  const { record } = await ledger.poison.append(change(of, n % 3 === 2 ? 'clear' : 'poison'));
  if (record !== undefined) process.stdout.write(`${JSON.stringify([of.drvPath, record.epoch])}\n`);
  const id = `${name}-${n}`;
  await ledger.runs.begin({ id, startedAt: n, roots });
  await ledger.runs.recordSteps(id, [step(`a${n % 9}`), step(`b${n % 4}`, { durationMs: n })]);
  if (n % 2 === 0) await ledger.runs.finish(id, { outcome: 'succeeded', finishedAt: n });
}
