import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Vouch } from '@dispatch/builders/missing-paths';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What each path must be, known apart from whoever offers it. A builder is believed for outputs of
 * the run's own derivations, which it was given to build now or in an earlier run; everything else
 * must be what the hub knows it to be. So a bad builder cannot plant any other path.
 */
export class Provenance {
  readonly #hub: DaemonStore;
  readonly #outputs: ReadonlySet<StorePath>;
  /** More than one where what was lost with its builder was built again, and came out different. */
  readonly #built = new Map<StorePath, ValidPathInfo[]>();

  constructor(hub: DaemonStore, graph: DerivationGraph) {
    this.#hub = hub;
    this.#outputs = new Set(graph.nodes.flatMap(outputPathsOf));
  }

  /** Records what a builder made of a step that it was given. */
  record(info: ValidPathInfo): void {
    const before = this.#built.get(info.path);
    if (before === undefined) this.#built.set(info.path, [info]);
    else before.push(info);
  }

  /** For copies out of the hub, which is believed in everything, and out of builders. */
  vouchFor(source: DaemonStore): Vouch | undefined {
    if (source === this.#hub) return undefined;
    return async (claimed) => {
      const built = this.#built.get(claimed.path);
      if (built !== undefined) {
        return built.find(({ narHash }) => narHash === claimed.narHash) ?? built.at(-1);
      }
      // It may differ from what the hub has of the same output: not every build is reproducible.
      if (this.#outputs.has(claimed.path)) return claimed;
      return this.#hub.pathInfo(claimed.path);
    };
  }
}
