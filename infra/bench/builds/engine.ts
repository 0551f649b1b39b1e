import { join } from 'node:path';
import { noBuildSettings } from '@dispatch/engine/execute/build-settings';
import { Executor } from '@dispatch/engine/execute/executor';
import { HubDerivations } from '@dispatch/engine/read/hub-derivations';
import { run } from '@dispatch/engine/run';
import { newRunId } from '@dispatch/engine/run-id';
import { openLedger } from '@dispatch/ledger/open-ledger';
import type { StorePath } from '@dispatch/nix/store-path';
import type { BenchFarm } from './bench-farm.ts';
import type { Stores } from './stores.ts';

/**
 * Seconds of a run from the moment that all builders have answered to that at which the last output is valid in
 * the hub; on connections that are up, in this very process.
 */
export async function engineSeconds(
  bench: BenchFarm,
  { hub, builders }: Stores,
  drvPaths: readonly StorePath[],
): Promise<number> {
  const ledger = await openLedger(`lmdb:${join(bench.farm.folder, 'bench-ledger')}`);
  let ready = 0;
  const request = {
    id: newRunId(Date.now()),
    roots: drvPaths.map((drvPath) => ({ drvPath, outputs: 'all' as const })),
    keepGoing: false,
    settings: noBuildSettings,
    outLink: undefined,
  };
  const executor = new Executor({ hub, builders });
  const world = {
    executor,
    source: new HubDerivations(hub, bench.farm.hub.daemon.root),
    ledger,
    buildersSubstitute: false,
    logFolder: join(bench.farm.folder, 'logs'),
    now: Date.now,
  };
  const report = await run(
    request,
    world,
    ({ type }) => {
      if (type === 'builder-ready') ready = performance.now();
    },
    new AbortController().signal,
  );
  const seconds = (performance.now() - ready) / 1000;
  executor.close();
  await ledger.close();
  if (report.outcome !== 'succeeded') throw new Error(`the run ${report.run} ${report.outcome}`);
  return seconds;
}
