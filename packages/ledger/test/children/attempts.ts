// Begins and ends attempts of groups without end, to be killed: `attempts.ts URL NAME`. Prints what
// the ledger has promised: `["begun" or "committed" or "failed", key, mark]`.
import { openLedger } from '../../src/open-ledger.ts';
import { attempt, commit, failure } from '../support/attempts.ts';

const [url = '', name = ''] = process.argv.slice(2);
const ledger = await openLedger(url);
const tell = (what: string, of: { key: string; mark: string }): void => {
  process.stdout.write(`${JSON.stringify([what, of.key, of.mark])}\n`);
};
for (let n = 0; ; n += 1) {
  const each = attempt(`group-${n % 5}`, `${name}-${n}`);
  await ledger.groups.begin(each);
  tell('begun', each);
  const ending = n % 2 === 0 ? commit(each) : failure(each);
  await ledger.groups.end(each.key, each.mark, ending);
  tell(ending.type, each);
}
