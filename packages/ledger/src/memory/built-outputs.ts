import type { StorePath } from '@dispatch/nix/store-path';
import type { BuiltOutput, BuiltOutputs } from '../built-outputs.ts';

/** Built outputs in this process's memory. */
export class MemoryBuiltOutputs implements BuiltOutputs {
  readonly #keep: number;
  /** Oldest first. */
  readonly #outputs = new Map<StorePath, BuiltOutput>();

  constructor(keep: number) {
    this.#keep = keep;
  }

  async record(outputs: readonly BuiltOutput[]): Promise<void> {
    for (const output of outputs) {
      this.#outputs.delete(output.path);
      this.#outputs.set(output.path, output);
    }
    for (const path of this.#outputs.keys()) {
      if (this.#outputs.size <= this.#keep) break;
      this.#outputs.delete(path);
    }
  }

  async find(paths: readonly StorePath[]): Promise<ReadonlyMap<StorePath, BuiltOutput>> {
    const found = paths.map((path) => this.#outputs.get(path)).filter((it) => it !== undefined);
    return new Map(found.map((output) => [output.path, output]));
  }
}
