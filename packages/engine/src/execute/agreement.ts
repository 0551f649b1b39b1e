import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';
import type { ClientOptions } from '@dispatch/protocol/client-options';
import type { MadeOutputs, RunStores } from './run-stores.ts';

/** What one build has to agree with others: with nobody, or with all members of its group. */
export interface Agreement {
  /** How the daemon is to build it, given how it builds anything else. */
  optionsFrom(usual: ClientOptions): ClientOptions;
  /** All that it reads is there, and a connection is at hand; it is built when this resolves. */
  begin(): Promise<void>;
  /** A line of its log, in the builder's bytes. */
  hear(line: string): void;
  /** It went well, and its connection holds the outputs until this resolves. */
  settle(status: BuildStatus, made: MadeOutputs): Promise<void>;
}

/** A step that is built for itself: the run holds its outputs, and has them as soon as they are there. */
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

  /** The outputs are rooted while it is built: they must be by the time that its connection is given back. */
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
