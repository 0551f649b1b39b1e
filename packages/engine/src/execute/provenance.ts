import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Vouch, Vouchers } from '@dispatch/builders/missing-paths';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { BuiltOutput, BuiltOutputs } from '@dispatch/ledger/built-outputs';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/** Whom a run believes about paths, apart from the builders that offer them. */
export interface ProvenanceOptions {
  readonly hub: DaemonStore;
  readonly graph: DerivationGraph;
  /** What was built in earlier runs. */
  readonly earlier: BuiltOutputs;
  /** Is told what was built now, to be remembered. */
  readonly onBuilt: (outputs: readonly BuiltOutput[]) => void;
}

/** The stores apart from the one that paths are copied from. */
export interface Elsewhere {
  /** Whether one of them has what this run built. */
  readonly has: (path: StorePath) => boolean;
  /** Brings paths from there, or from the hub, to where they are wanted. */
  readonly bring: (paths: readonly StorePath[]) => Promise<unknown>;
}

/**
 * What each path must be, known apart from whoever offers it: what was built in this run; else what
 * the hub has; else what was built in an earlier run; else what the hub can fetch. A builder is
 * believed for nothing but the outputs of steps that it was given, right after it built them: so a
 * bad one cannot plant any other path, now or for a later run to find.
 */
export class Provenance {
  readonly #hub: DaemonStore;
  readonly #outputs: ReadonlySet<StorePath>;
  readonly #earlier: BuiltOutputs;
  readonly #onBuilt: ProvenanceOptions['onBuilt'];
  /** More than one where what was lost with its builder was built again, and came out different. */
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

  /** What a path refers to that was built in this run. */
  referencesOf(path: StorePath): readonly StorePath[] {
    return this.#built.get(path)?.at(-1)?.references ?? [];
  }

  /** Those that are what was built in this run or an earlier one, the last time. */
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
   * For copies out of the hub, which is believed in everything, and out of builders. What this run
   * built counts, and what the hub has of an output: where a builder's differs, that is brought from
   * `elsewhere`. Not every build is reproducible: the builder may be honest, and have built it once
   * itself.
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
