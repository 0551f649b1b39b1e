import type { StorePath } from '@dispatch/nix/store-path';
import type { BuiltOutput, BuiltOutputs } from '../built-outputs.ts';
import type { LmdbEnvironment } from './environment.ts';
import type { Table } from './table.ts';

/** Built outputs in LMDB, by path, with an index in the order in which they were recorded. */
export class LmdbBuiltOutputs implements BuiltOutputs {
  readonly #environment: LmdbEnvironment;
  readonly #keep: number;
  readonly #outputs: Table<StorePath, 'builtOutput'>;
  readonly #order: Table<number, 'builtPath'>;

  constructor(environment: LmdbEnvironment, keep: number) {
    this.#environment = environment;
    this.#keep = keep;
    this.#outputs = environment.table('built-outputs', 'builtOutput');
    this.#order = environment.table('built-order', 'builtPath');
  }

  async record(outputs: readonly BuiltOutput[]): Promise<void> {
    this.#environment.write(() => {
      for (const output of outputs) this.#put(output);
      this.#prune();
    });
  }

  async find(paths: readonly StorePath[]): Promise<ReadonlyMap<StorePath, BuiltOutput>> {
    return this.#environment.read(() => {
      const found = paths.map((path) => this.#outputs.get(path)).filter((it) => it !== undefined);
      return new Map(found.map(({ output }) => [output.path, output]));
    });
  }

  #put(output: BuiltOutput): void {
    const before = this.#outputs.get(output.path);
    if (before !== undefined) this.#order.remove(before.place);
    const place = (this.#order.lastKey ?? 0) + 1;
    this.#outputs.put(output.path, { place, output });
    this.#order.put(place, output.path);
  }

  #prune(): void {
    const surplus = this.#order.count - this.#keep;
    if (surplus <= 0) return;
    const oldest = [...this.#order.rows({ limit: surplus })];
    for (const { key: place, value: path } of oldest) {
      this.#outputs.remove(path);
      this.#order.remove(place);
    }
  }
}
