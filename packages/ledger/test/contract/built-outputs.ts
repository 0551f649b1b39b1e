import { afterEach, expect, test } from 'vitest';
import type { BuiltOutput } from '../../src/built-outputs.ts';
import type { Ledger } from '../../src/ledger.ts';
import { type Retention, usualRetention } from '../../src/retention.ts';
import { drv, path } from '../support/samples.ts';

function output(label: string, narHash = 'a'): BuiltOutput {
  return {
    path: path(label),
    deriver: drv(label),
    narHash: narHash.repeat(64),
    narSize: 120,
    references: [path(label), path('libc')],
    contentAddress: '',
  };
}

/** What every backend's BuiltOutputs does. `open` gives an empty ledger each time. */
export function builtOutputsContract(open: (retention?: Retention) => Promise<Ledger>): void {
  const ledgers: Ledger[] = [];
  const opened = async (retention?: Retention) => {
    const ledger = await open(retention);
    ledgers.push(ledger);
    return ledger.built;
  };
  afterEach(async () => {
    for (const ledger of ledgers.splice(0)) await ledger.close();
  });

  test('what was built is found by its path, and nothing else', async () => {
    const built = await opened();
    await built.record([output('a'), output('b')]);
    const found = await built.find([path('b'), path('c'), path('a')]);
    expect(found).toEqual(new Map([output('b'), output('a')].map((it) => [it.path, it])));
    expect(await built.find([])).toEqual(new Map());
  });

  test('what was built again is what it was the last time', async () => {
    const built = await opened();
    await built.record([output('a')]);
    await built.record([output('a', 'b')]);
    expect((await built.find([path('a')])).get(path('a'))).toEqual(output('a', 'b'));
  });

  test('the oldest go when there are too many; what was built again is new', async () => {
    const built = await opened({ ...usualRetention, outputs: 3 });
    await built.record([output('a'), output('b'), output('c')]);
    await built.record([output('a', 'b')]);
    await built.record([output('d')]);
    const labels = ['a', 'b', 'c', 'd'];
    const found = await built.find(labels.map(path));
    expect([...found.keys()]).toEqual(['a', 'c', 'd'].map(path));
  });
}
