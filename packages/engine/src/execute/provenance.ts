import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Vouch, Vouchers } from '@dispatch/builders/missing-paths';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { BuiltOutput, BuiltOutputs } from '@dispatch/ledger/built-outputs';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/** What a run believes about paths, apart from the builders that offer them. */
export interface ProvenanceOptions {
  readonly hub: DaemonStore;
  readonly graph: DerivationGraph;
  /** What was built in earlier runs. */
  readonly earlier: BuiltOutputs;
  /** Called with what was built now, to be remembered. */
  readonly onBuilt: (outputs: readonly BuiltOutput[]) => void;
}

/** The stores other than the one that paths are copied from. */
export interface Elsewhere {
  /** Whether one of them has a path as this run built it. */
  readonly has: (path: StorePath) => boolean;
  /** Brings paths from there, or from the hub, to where they are wanted. */
  readonly bring: (paths: readonly StorePath[]) => Promise<unknown>;
}

/**
 * Knows what each path must be, independently of the store that offers it: what was built in this
 * run; else what the hub has; else what was built in an earlier run; else what the hub can fetch. A
 * builder is believed only about outputs of steps that it was given, right after it built them: so
 * a bad one cannot plant any other path, now or for a later run to find.
 */
export class Provenance {
  readonly #hub: DaemonStore;
  readonly #outputs: ReadonlySet<StorePath>;
  readonly #earlier: BuiltOutputs;
  readonly #onBuilt: ProvenanceOptions['onBuilt'];
  /**
   * What was built in this run; several results where an output was lost with its builder and built
   * again.
   */
  readonly #built = new Map<StorePath, ValidPathInfo[]>();

  constructor({ hub, graph, earlier, onBuilt }: ProvenanceOptions) {
    this.#hub = hub;
    this.#outputs = new Set(graph.nodes.flatMap(outputPathsOf));
    this.#earlier = earlier;
    this.#onBuilt = onBuilt;
  }

  /** Records what a builder made of a step that it was given. */
  record(infos: readonly ValidPathInfo[]): void {
    for (const info of infos) {
      const before = this.#built.get(info.path);
      if (before === undefined) this.#built.set(info.path, [info]);
      else before.push(info);
    }
    this.#onBuilt(infos.map(builtOutput));
  }

  /** The references of a path that was built in this run; none for any other path. */
  referencesOf(path: StorePath): readonly StorePath[] {
    return this.#built.get(path)?.at(-1)?.references ?? [];
  }

  /** The paths whose content is what was built last, in this run or an earlier one. */
  async confirmed(infos: readonly ValidPathInfo[]): Promise<StorePath[]> {
    const earlier = await this.#earlier.find(infos.map((info) => info.path));
    return infos
      .filter(({ path, narHash }) => {
        const last = this.#built.get(path)?.at(-1) ?? earlier.get(path);
        return last?.narHash === narHash;
      })
      .map((info) => info.path);
  }

  /**
   * Says what paths must be that are copied out of `source`; undefined for the hub, which is
   * believed in everything. For an output, the result of this run counts, else that of the hub:
   * where a builder has another, the right one is brought from `elsewhere`. The builder may be
   * honest: not every build is reproducible, and it may have built the output itself once.
   */
  vouchFor(source: DaemonStore, elsewhere: Elsewhere, signal: AbortSignal): Vouch | undefined {
    if (source === this.#hub) return undefined;
    return (claimed) => this.#vouch(claimed, elsewhere, signal);
  }

  async #vouch(
    claimed: readonly ValidPathInfo[],
    elsewhere: Elsewhere,
    signal: AbortSignal,
  ): Promise<Vouchers> {
    const vouchers = new Map<StorePath, ValidPathInfo | 'arrived'>();
    this.#vouchForBuilt(claimed, elsewhere, vouchers);
    await this.#askHub(unvouched(claimed, vouchers), vouchers, signal);
    await this.#askLedger(unvouched(claimed, vouchers), vouchers);
    const unknown = unvouched(claimed, vouchers).map(({ path }) => path);
    const fetched = await this.#hub.validPaths(unknown, { substitute: true, signal });
    for (const path of fetched) vouchers.set(path, 'arrived');
    const better = [...vouchers.keys()].filter((path) => vouchers.get(path) === 'arrived');
    if (better.length > 0) await elsewhere.bring(better);
    return vouchers;
  }

  #vouchForBuilt(
    claimed: readonly ValidPathInfo[],
    elsewhere: Elsewhere,
    vouchers: Map<StorePath, ValidPathInfo | 'arrived'>,
  ): void {
    for (const { path, narHash } of claimed) {
      const built = this.#built.get(path);
      const last = built?.at(-1);
      if (built === undefined || last === undefined) continue;
      const same = built.find((info) => info.narHash === narHash);
      vouchers.set(path, same ?? (elsewhere.has(path) ? 'arrived' : last));
    }
  }

  async #askHub(
    claimed: readonly ValidPathInfo[],
    vouchers: Map<StorePath, ValidPathInfo | 'arrived'>,
    signal: AbortSignal,
  ): Promise<void> {
    const paths = claimed.map((info) => info.path);
    const known = await this.#hub.pathInfos(paths, { signal });
    for (const { path, narHash } of claimed) {
      const info = known.get(path);
      if (info === undefined) continue;
      const isOtherResult = info.narHash !== narHash && this.#outputs.has(path);
      vouchers.set(path, isOtherResult ? 'arrived' : info);
    }
  }

  async #askLedger(
    claimed: readonly ValidPathInfo[],
    vouchers: Map<StorePath, ValidPathInfo | 'arrived'>,
  ): Promise<void> {
    const recorded = await this.#earlier.find(claimed.map((info) => info.path));
    for (const output of recorded.values()) {
      const told = { ...output, registrationTime: 0, ultimate: false, signatures: [] };
      vouchers.set(output.path, told);
    }
  }
}

function unvouched(claimed: readonly ValidPathInfo[], vouchers: Vouchers): ValidPathInfo[] {
  return claimed.filter((info) => !vouchers.has(info.path));
}

function builtOutput(info: ValidPathInfo): BuiltOutput {
  const { path, deriver, narHash, narSize, references, contentAddress } = info;
  return { path, deriver, narHash, narSize, references, contentAddress };
}
