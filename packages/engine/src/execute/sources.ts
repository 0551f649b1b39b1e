import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { codeOf, storeFault } from '@dispatch/builders/errors';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunStores } from './run-stores.ts';

/** What is copied, and to where. */
interface SourcesOptions {
  readonly inputs: readonly StorePath[];
  readonly store: DaemonStore;
  readonly stores: RunStores;
  /** Calls a store after a failure; resolves to whether it does not answer. */
  readonly isAway: (store: DaemonStore) => Promise<boolean>;
}

/** How often the link to a source that answers may break in one step's copies before it is passed over. */
const toleratedBreaks = 2;

/** The machines that the inputs of one step are copied from, and the faults that they had. */
export class Sources {
  readonly #options: SourcesOptions;
  readonly #breaks = new Map<DaemonStore, number>();

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /**
   * Takes notice of why a copy failed. Resolves to whether a source is at fault and another try may
   * go better: a source that fails is asked a few times at most, and then counts as not having the
   * inputs.
   */
  async canDoWithout(error: unknown): Promise<boolean> {
    const { stores, isAway } = this.#options;
    // A refused copy is no accident: whoever is told of it should look into it.
    if (codeOf(error) === 'copy-refused') return false;
    const fault = storeFault(error);
    const source = this.#sources().find(({ name }) => name === fault?.store);
    if (source === undefined) return false;
    if (await isAway(source)) return source !== stores.hub;
    if (fault?.path !== undefined) return this.#disown(source, fault.path);
    const breaks = (this.#breaks.get(source) ?? 0) + 1;
    this.#breaks.set(source, breaks);
    return breaks <= toleratedBreaks || (source !== stores.hub && this.#disownAll(source));
  }

  #sources(): DaemonStore[] {
    const { store, stores, inputs } = this.#options;
    return [stores.hub, ...stores.holdersOf(inputs)].filter((source) => source !== store);
  }

  /** Notes that a source lacks the path; where that is none of the inputs, that it lacks the inputs, too. */
  #disown(source: DaemonStore, path: string): boolean {
    return this.#options.stores.disown(source, [path as StorePath]) || this.#disownAll(source);
  }

  #disownAll(source: DaemonStore): boolean {
    return this.#options.stores.disown(source, this.#options.inputs);
  }
}
