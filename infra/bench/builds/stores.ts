import { DaemonStore } from '@dispatch/builders/daemon-store';
import { parseMachines } from '@dispatch/builders/machines-file';
import type { FarmBuilder } from '@dispatch/engine/farm/farm-builder';
import type { BenchFarm } from './bench-farm.ts';

/** The hub and the builders, with connections that stay up from one measurement to the next. */
export class Stores implements Disposable {
  readonly hub: DaemonStore;
  readonly builders: readonly FarmBuilder[];

  constructor(bench: BenchFarm) {
    const { environment } = bench;
    this.hub = new DaemonStore(bench.farm.hub.storeUri, { environment });
    const machines = parseMachines(bench.machines, {
      source: 'bench',
      defaultSystem: 'x86_64-linux',
      readFile: () => undefined,
    });
    this.builders = machines.map((machine) => ({
      machine,
      store: new DaemonStore(machine, { environment }),
    }));
  }

  [Symbol.dispose](): void {
    this.hub.close();
    for (const { store } of this.builders) store.close();
  }
}
