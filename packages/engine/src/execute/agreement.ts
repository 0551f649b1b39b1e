import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';
import type { ClientOptions } from '@dispatch/protocol/client-options';
import type { MadeOutputs, RunStores } from './run-stores.ts';

/** How one build waits for others: for nobody, or for all members of its group. */
export interface Agreement {
  /** The options that the daemon gets for this build, made from the usual ones. */
  optionsFrom(usual: ClientOptions): ClientOptions;
  /** Called when all inputs are there and a connection is at hand; the build begins when this resolves. */
  begin(): Promise<void>;
  /** Called with each line of the build's log, in the builder's bytes. */
  hear(line: string): void;
  /** Called when the build went well; its connection keeps the outputs until this resolves. */
  settle(status: BuildStatus, made: MadeOutputs): Promise<void>;
}

/** For a step that is built by itself: its run roots the outputs, and has them once they are built. */
export class AloneAgreement implements Agreement {
  readonly #stores: RunStores;
  readonly #root: () => Promise<void>;
  #rooting: Promise<void> = Promise.resolve();

  constructor(
    stores: RunStores,
    store: DaemonStore,
    outputs: readonly StorePath[],
    signal: AbortSignal,
  ) {
    this.#stores = stores;
    this.#root = () => stores.rootsIn(store).add(outputs, signal);
  }

  optionsFrom(usual: ClientOptions): ClientOptions {
    return usual;
  }

  /** Roots the outputs while the step is built: that must be done before its connection is given back. */
  begin(): Promise<void> {
    this.#rooting = this.#root();
    this.#rooting.catch(() => {});
    return Promise.resolve();
  }

  hear(): void {
    // Nobody else listens.
  }

  async settle(_status: BuildStatus, made: MadeOutputs): Promise<void> {
    await this.#rooting;
    this.#stores.accept(made);
  }
}
