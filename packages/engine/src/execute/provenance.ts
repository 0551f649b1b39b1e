import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Vouch } from '@dispatch/builders/missing-paths';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What each path must be, known apart from whoever offers it. It must be what was built in this run,
 * or what the hub knows it to be. Beyond that a builder is believed for outputs of the run's own
 * derivations, which it was given to build in an earlier run. So a bad builder cannot plant any
 * other path.
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

  /**
   * For copies out of the hub, which is believed in everything, and out of builders. What the hub has
   * of an output counts: where a builder's differs, `fromHub` is to bring the hub's.
   */
  vouchFor(
    source: DaemonStore,
    fromHub: (path: StorePath) => Promise<unknown>,
    signal: AbortSignal | undefined,
  ): Vouch | undefined {
    if (source === this.#hub) return undefined;
    return async (claimed) => {
      const { path, narHash } = claimed;
      const built = this.#built.get(path);
      if (built !== undefined)
        return built.find((info) => info.narHash === narHash) ?? built.at(-1);
      const known = await this.#hub.pathInfo(path, { signal });
      if (!this.#outputs.has(path)) return known;
      if (known === undefined) return claimed;
      if (known.narHash === narHash) return known;
      // Not every build is reproducible: the builder may be honest, and have built it once itself.
      await fromHub(path);
      return 'arrived';
    };
  }
}
