import type { StorePath } from '@dispatch/nix/store-path';
import type { BuiltOutput, BuiltOutputs } from '../built-outputs.ts';
import { decode, encode } from '../encoding.ts';
import type { PlacedOutput } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import { entryCount, type Table } from './table.ts';

/** Built outputs in LMDB, by path, with an index in the order in which they were recorded. */
export class LmdbBuiltOutputs implements BuiltOutputs {
  readonly #environment: LmdbEnvironment;
  readonly #keep: number;
  readonly #outputs: Table<string>;
  readonly #order: Table<number>;

  constructor(environment: LmdbEnvironment, keep: number) {
    this.#environment = environment;
    this.#keep = keep;
    this.#outputs = environment.table<string>('built-outputs');
    this.#order = environment.table<number>('built-order');
  }

  async record(outputs: readonly BuiltOutput[]): Promise<void> {
    this.#environment.write(() => {
      for (const output of outputs) this.#put(output);
      this.#prune();
    });
  }

  async find(paths: readonly StorePath[]): Promise<ReadonlyMap<StorePath, BuiltOutput>> {
    return this.#environment.read(() => {
      const found = paths.map((path) => this.#get(path)).filter((it) => it !== undefined);
      return new Map(found.map(({ output }) => [output.path, output]));
    });
  }

  #put(output: BuiltOutput): void {
    const before = this.#get(output.path);
    if (before !== undefined) this.#order.removeSync(before.place);
    const [last = 0] = this.#order.getKeys({ reverse: true, limit: 1 });
    const place = last + 1;
    this.#outputs.putSync(output.path, encode('builtOutput', { place, output }));
    this.#order.putSync(place, encode('builtPath', output.path));
  }

  #get(path: StorePath): PlacedOutput | undefined {
    const bytes = this.#outputs.get(path);
    return bytes === undefined ? undefined : decode('builtOutput', bytes);
  }

  #prune(): void {
    const surplus = entryCount(this.#order) - this.#keep;
    if (surplus <= 0) return;
    const oldest = [...this.#order.getRange({ limit: surplus })];
    for (const { key, value } of oldest) {
      this.#outputs.removeSync(decode('builtPath', value));
      this.#order.removeSync(key);
    }
  }
}
