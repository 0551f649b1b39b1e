import { type CopySummary, copyClosure } from '@dispatch/builders/copy-closure';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { RunRoots } from '@dispatch/builders/run-roots';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { type PlannedStep, planSteps, type WantedOutputs } from '@dispatch/graph/plan-steps';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import { inputPathsOf, knownPaths } from '../stores/known-paths.ts';
import type { Locations } from '../stores/locations.ts';
import type { RunHoldings } from '../stores/run-holdings.ts';
import type { CopyReports } from './copy-reports.ts';
import { MemberOutputs } from './member-outputs.ts';
import type { Elsewhere, Provenance } from './provenance.ts';
import { together } from './together.ts';

/** What a copy is for, and what stops it. */
export interface CopyPurpose {
  /** The step whose inputs these are; undefined for what goes to the hub. */
  readonly step: StorePath | undefined;
  readonly signal: AbortSignal;
}

/** Outputs that were just built, and the store that has them. */
export interface MadeOutputs {
  readonly store: DaemonStore;
  readonly infos: readonly ValidPathInfo[];
}

export interface RunStoresOptions {
  readonly hub: DaemonStore;
  readonly graph: DerivationGraph;
  /** Derivations that are members of groups: their outputs are never built again at the same paths. */
  readonly members: ReadonlySet<StorePath>;
  readonly locations: Locations;
  readonly provenance: Provenance;
  readonly holdings: RunHoldings;
  readonly reports: CopyReports;
  /** Builders fetch what they can from their own substituters (Nix's `builders-use-substitutes`). */
  readonly buildersSubstitute: boolean;
}

/**
 * The stores of one run: what lies where, what the run holds in each so that it is not collected as
 * garbage, and how a path gets from where it is to where it is needed.
 */
export class RunStores {
  readonly hub: DaemonStore;
  readonly locations: Locations;
  readonly provenance: Provenance;
  readonly memberOutputs: MemberOutputs;
  readonly #options: RunStoresOptions;
  readonly #lostMembers = new Set<StorePath>();
  readonly #forgotten = new Map<DaemonStore, readonly StorePath[]>();

  constructor(options: RunStoresOptions) {
    this.hub = options.hub;
    this.locations = options.locations;
    this.provenance = options.provenance;
    this.memberOutputs = new MemberOutputs(options.graph, options.members, options.provenance);
    this.#options = options;
  }

  /** What the run holds in a store. */
  rootsIn(store: DaemonStore): RunRoots {
    return this.#options.holdings.in(store);
  }

  /**
   * Roots again what the run holds in a store whose connections, and the roots with them, may have
   * been lost.
   */
  async holdOn(store: DaemonStore, signal: AbortSignal): Promise<void> {
    await this.rootsIn(store).add([], signal);
  }

  /** The paths of outputs, as far as they are known before they are built. */
  outputPaths(wanted: WantedOutputs): StorePath[] {
    return knownPaths(this.#options.graph, wanted);
  }

  /** The derivations whose outputs a step needs. */
  inputNodesOf(step: PlannedStep): DerivationNode[] {
    return step.inputs
      .map(({ path }) => this.#options.graph.get(path))
      .filter((node) => node !== undefined);
  }

  /** Everything that a step reads: its sources, and the outputs that it wants of other derivations. */
  inputsOf(step: PlannedStep): StorePath[] {
    return inputPathsOf(this.#options.graph, step);
  }

  /**
   * Whether an output that the step needs is nowhere, as far as this run knows: the stores that had
   * it are lost, or only another run, for which the step was to begin, knows of it.
   */
  lacksInputOf({ inputs }: PlannedStep): boolean {
    return inputs.some((wanted) => !this.#isThere(wanted));
  }

  /**
   * The steps that must be built again for these outputs to be there, inputs first: those whose
   * outputs lay only on a builder that was lost, and those of their inputs that nobody has.
   */
  stepsToRestore(wantedOutputs: readonly WantedOutputs[]): PlannedStep[] {
    return planSteps(this.#options.graph, wantedOutputs, ({ path }, outputs) =>
      this.#isThere({ path, outputs }),
    );
  }

  /**
   * A member of a group among steps to be built again, if there is one; noted as lost for good,
   * since a member is never built again without its whole group.
   */
  memberAmong(steps: readonly PlannedStep[]): StorePath | undefined {
    const { members } = this.#options;
    const member = steps.find(({ node }) => members.has(node.path))?.node.path;
    if (member !== undefined) this.#lostMembers.add(member);
    return member;
  }

  /** Members whose outputs counted, and which no store has any more. */
  get lostMembers(): ReadonlySet<StorePath> {
    return this.#lostMembers;
  }

  #isThere(wanted: WantedOutputs): boolean {
    return !this.outputPaths(wanted).some((path) => this.locations.isNowhere(path));
  }

  /** Does `work` while the run's roots are kept, even if the run ends before it. */
  whileHeld<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#options.holdings.during(work);
  }

  /** Notes outputs that were built for this run, which holds them, and where they are. */
  accept({ store, infos }: MadeOutputs): void {
    this.provenance.record(infos);
    for (const { path } of infos) this.locations.replace(path, store);
  }

  /** The same for outputs that were built for another run; this run holds them, too, when this resolves. */
  async share(made: MadeOutputs): Promise<void> {
    this.accept(made);
    await this.rootsIn(made.store).add(made.infos.map(({ path }) => path));
  }

  /** Whether this run knows of no store any more for one of these outputs. */
  hasLost({ infos }: MadeOutputs): boolean {
    return infos.some(({ path }) => this.locations.isLost(path));
  }

  /** Notes that a builder does not answer: what lies there is lost, unless other stores have it. */
  loseBuilder(store: DaemonStore): void {
    const before = this.#forgotten.get(store) ?? [];
    this.#forgotten.set(store, [...before, ...this.locations.forget(store)]);
  }

  /** Takes back a builder that was lost: what still lies there as it was built need not be built again. */
  async recognise(store: DaemonStore, signal: AbortSignal): Promise<void> {
    const forgotten = this.#forgotten.get(store);
    const paths = forgotten ?? [];
    await this.rootsIn(store).add(paths, signal);
    const infos = await store.pathInfos(paths, { signal });
    const confirmed = await this.provenance.confirmed([...infos.values()]);
    // If it was lost again meanwhile, it is asked for all of it when it is back.
    if (this.#forgotten.get(store) !== forgotten) return;
    this.#forgotten.delete(store);
    for (const path of confirmed) this.locations.add(path, store);
  }

  /** Notes that a store that answers lacks paths that it should have. Returns whether that was news. */
  disown(store: DaemonStore, paths: readonly StorePath[]): boolean {
    return paths.filter((path) => this.locations.disown(path, store)).length > 0;
  }

  /** The stores that hold any of the paths. */
  holdersOf(paths: readonly StorePath[]): DaemonStore[] {
    return [...new Set(paths.flatMap((path) => this.locations.holdersOf(path)))];
  }

  /** What is known of the paths by the stores that they would be brought from; leaves out what nobody has. */
  async describe(
    paths: readonly StorePath[],
    target: DaemonStore,
    signal: AbortSignal,
  ): Promise<ValidPathInfo[]> {
    const groups = bySource(paths, (path) => this.#sourceOf(path, target));
    const known = await Promise.all(
      [...groups].map(([source, group]) => source.pathInfos(group, { signal })),
    );
    return known.flatMap((infos) => [...infos.values()]);
  }

  /** Makes paths, and all that they refer to, valid in a store, each from where it lies. */
  async bring(
    paths: readonly StorePath[],
    target: DaemonStore,
    purpose: CopyPurpose,
  ): Promise<CopySummary> {
    const groups = [...bySource(paths, (path) => this.#sourceOf(path, target))];
    const done = await together(
      groups.map(
        ([source, group]) =>
          (signal) =>
            this.#bringFrom(source, group, target, { ...purpose, signal }),
      ),
      purpose.signal,
    );
    const sent = done.flatMap((one) => one.sent);
    this.#noteSent(sent, target);
    return {
      paths: done.reduce((sum, one) => sum + one.paths, 0),
      bytes: done.reduce((sum, one) => sum + one.bytes, 0),
      sent,
    };
  }

  /**
   * Notes that the target has the outputs that were sent, should their source be lost. What was not
   * sent may be another result there.
   */
  #noteSent(infos: readonly ValidPathInfo[], target: DaemonStore): void {
    const outputs = infos.filter(({ path }) => this.locations.isHeld(path));
    for (const { path } of outputs) this.locations.add(path, target);
  }

  /** Where to take a path from: nowhere when the target has it, else the hub before any builder. */
  #sourceOf(path: StorePath, target: DaemonStore): DaemonStore {
    const holders = this.locations.holdersOf(path);
    if (holders.includes(target)) return target;
    if (holders.includes(this.hub)) return this.hub;
    return holders[0] ?? this.hub;
  }

  /** `doubted` are stores that have something else at a path that is to be brought. */
  async #bringFrom(
    source: DaemonStore,
    paths: readonly StorePath[],
    target: DaemonStore,
    purpose: CopyPurpose,
    doubted: readonly DaemonStore[] = [],
  ): Promise<CopySummary> {
    const { step, signal } = purpose;
    if (source === this.hub) await this.#holdInHub(paths, signal);
    if (source === target) {
      await this.rootsIn(target).add(paths, signal);
      return { paths: 0, bytes: 0, sent: [] };
    }
    const elsewhere = this.#elsewhere([...doubted, source], target, purpose);
    const vouch = this.provenance.vouchFor(source, elsewhere, signal);
    const to = this.rootsIn(target);
    const ends = { from: source.name, to: target.name, step };
    const known = this.#knownClosure(paths, source, to);
    const maySubstitute = this.#substitutable(known, target);
    return this.#options.reports.during(ends, (onProgress) =>
      copyClosure({ from: source, to, paths: known, maySubstitute, vouch, onProgress, signal }),
    );
  }

  /**
   * Which paths the target may fetch by itself: none that rests on a member, since what a cache has
   * at such a path was in no test, or in another.
   */
  #substitutable(paths: readonly StorePath[], target: DaemonStore): (path: StorePath) => boolean {
    if (!this.#options.buildersSubstitute || target === this.hub) return () => false;
    const restsOnMembers = this.memberOutputs.restOnMembers(paths);
    return (path) => !restsOnMembers(path);
  }

  /**
   * The paths with all that they are known to refer to, so that the target is asked once, not level
   * by level.
   */
  #knownClosure(
    paths: readonly StorePath[],
    source: DaemonStore,
    target: RunRoots,
  ): readonly StorePath[] {
    const closure = new Set(paths);
    for (const path of closure) {
      const references = this.provenance.referencesOf(path).filter((reference) => {
        return !target.isPresent(reference) && this.locations.holdersOf(reference).includes(source);
      });
      for (const reference of references) closure.add(reference);
    }
    return [...closure];
  }

  #elsewhere(
    doubted: readonly DaemonStore[],
    target: DaemonStore,
    purpose: CopyPurpose,
  ): Elsewhere {
    const holderOf = (path: StorePath): DaemonStore | undefined => {
      const holders = this.locations.holdersOf(path).filter((store) => !doubted.includes(store));
      return holders.includes(this.hub) ? this.hub : holders[0];
    };
    return {
      has: (path) => holderOf(path) !== undefined,
      bring: async (paths) => {
        for (const [source, group] of bySource(paths, (path) => holderOf(path) ?? this.hub)) {
          await this.#bringFrom(source, group, target, purpose, doubted);
        }
      },
    };
  }

  /** Roots the paths in the hub, which now fetches what it lacks. Throws `missing-path`. */
  async #holdInHub(paths: readonly StorePath[], signal: AbortSignal): Promise<void> {
    const unknown = paths.filter((path) => !this.locations.holdersOf(path).includes(this.hub));
    if (unknown.length === 0) return;
    await this.rootsIn(this.hub).add(unknown, signal);
    const valid = await this.hub.validPaths(unknown, { substitute: true, signal });
    const missing = unknown.find((path) => !valid.has(path));
    if (missing !== undefined) throw missingPath(this.hub, missing);
    for (const path of unknown) this.locations.add(path, this.hub);
  }
}

function bySource(
  paths: readonly StorePath[],
  sourceOf: (path: StorePath) => DaemonStore,
): Map<DaemonStore, StorePath[]> {
  const groups = new Map<DaemonStore, StorePath[]>();
  for (const path of paths) {
    const source = sourceOf(path);
    const group = groups.get(source);
    if (group === undefined) groups.set(source, [path]);
    else group.push(path);
  }
  return groups;
}

function missingPath(hub: DaemonStore, path: StorePath): EngineError {
  return new EngineError(
    'missing-path',
    `${path} is needed, and neither ${hub.name} nor any builder has it; was it collected as ` +
      'garbage? Instantiate or build it again',
  );
}
