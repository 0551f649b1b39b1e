import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DaemonStore, type StoreOptions } from '@dispatch/builders/daemon-store';
import type { Machine } from '@dispatch/builders/machine';
import { parseMachines } from '@dispatch/builders/machines-file';
import type { Ledger } from '@dispatch/ledger/ledger';
import { openLedger } from '@dispatch/ledger/open-ledger';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import { type Patience, usualPatience } from '@dispatch/scheduler/patience';
import type { Farm } from '../../../test/farm/farm.ts';
import type { NixDaemon } from '../../../test/farm/nix-daemon.ts';
import type { RunEvent } from '../src/events.ts';
import { noBuildSettings } from '../src/execute/build-settings.ts';
import { Executor } from '../src/execute/executor.ts';
import type { FarmBuilder } from '../src/farm/farm-builder.ts';
import type { GroupPolicies } from '../src/groups/group-policy.ts';
import type { PlanReport } from '../src/plan/plan-report.ts';
import { HubDerivations } from '../src/read/hub-derivations.ts';
import type { RunReport } from '../src/report/run-report.ts';
import { planOnly, run } from '../src/run.ts';
import { newRunId } from '../src/run-id.ts';
import type { RunRequest, World } from '../src/world.ts';

/** How a run differs from a plain one. */
interface RunOptions extends Partial<Omit<RunRequest, 'roots'>> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/** A farm as the engine sees it, with a ledger in memory. */
export class FarmWorld implements AsyncDisposable {
  readonly farm: Farm;
  /** May be set, to run with another connection to the hub. */
  hub: DaemonStore;
  readonly ledger: Ledger;
  /** The events of all runs so far. */
  readonly events: RunEvent[] = [];
  /** By the farm's names; may be set, to run with other machines. */
  builders: readonly FarmBuilder[];
  buildersSubstitute = false;
  patience: Patience = usualPatience;
  #shared: Executor | undefined;

  private constructor(farm: Farm, ledger: Ledger) {
    this.farm = farm;
    this.ledger = ledger;
    this.hub = new DaemonStore(farm.hub.storeUri, { environment: farm.hub.env });
    this.builders = machinesOf(farm.machines);
  }

  static async open(farm: Farm, ledger?: Ledger): Promise<FarmWorld> {
    return new FarmWorld(farm, ledger ?? (await openLedger('memory:')));
  }

  /** The store of the builder of this name. */
  store(name: string): DaemonStore {
    const found = this.builders.find(({ store }) => store.name === this.farm.builder(name).uri);
    if (found === undefined) throw new Error(`there is no builder ${name}`);
    return found.store;
  }

  /** Runs without links, unless options say otherwise. */
  async run(
    roots: readonly StorePath[],
    { signal = new AbortController().signal, onEvent, ...rest }: RunOptions = {},
  ): Promise<RunReport> {
    const request: RunRequest = {
      id: newRunId(Date.now()),
      roots: roots.map((drvPath) => ({ drvPath, outputs: 'all' })),
      keepGoing: false,
      settings: noBuildSettings,
      outLink: undefined,
      ...rest,
    };
    const observe = (event: RunEvent): void => {
      this.events.push(event);
      onEvent?.(event);
    };
    return this.#withWorld((world) => run(request, world, observe, signal));
  }

  /** What a run would do. */
  plan(roots: readonly StorePath[], groups?: GroupPolicies): Promise<PlanReport> {
    const wanted = roots.map((drvPath) => ({ drvPath, outputs: 'all' as const }));
    const { signal } = new AbortController();
    return this.#withWorld((world) =>
      planOnly({ roots: wanted, groups }, world, (event) => this.events.push(event), signal),
    );
  }

  async #withWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
    const executor = this.#shared ?? this.#newExecutor();
    try {
      return await work({
        executor,
        source: new HubDerivations(this.hub, this.farm.hub.daemon.root),
        ledger: this.ledger,
        buildersSubstitute: this.buildersSubstitute,
        logFolder: join(this.farm.folder, 'logs'),
        now: Date.now,
      });
    } finally {
      if (executor !== this.#shared) executor.close();
    }
  }

  /** All runs from now on share one executor, with the hub, machines and patience of this moment. */
  share(): void {
    this.#shared = this.#newExecutor();
  }

  #newExecutor(): Executor {
    const { hub, builders, patience } = this;
    return new Executor({ hub, builders, patience });
  }

  /** The events of one type, of all runs so far. */
  eventsOf<T extends RunEvent['type']>(type: T): Extract<RunEvent, { type: T }>[] {
    return this.events.filter(
      (event): event is Extract<RunEvent, { type: T }> => event.type === type,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shared?.close();
    this.hub.close();
    for (const { store } of this.builders) store.close();
    await this.ledger.close();
  }
}

/** Builders as the lines of a machines file describe them. */
export function machinesOf(lines: string, options: StoreOptions = {}): FarmBuilder[] {
  const machines: Machine[] = parseMachines(lines, {
    source: 'test',
    defaultSystem: 'x86_64-linux',
    readFile: () => undefined,
  });
  return machines.map((machine) => ({
    machine,
    store: new DaemonStore(machine, { connectSeconds: 5, ...options }),
  }));
}

/** Evaluates recipes made by `shell NAME SCRIPT ATTRIBUTES`; gives the paths of the named ones. */
export async function instantiate(
  farm: Farm,
  recipes: string,
  ...names: readonly string[]
): Promise<StorePath[]> {
  const lines = await farm.hub.instantiate(
    `${prelude} in with rec { ${recipes} }; [ ${names.join(' ')} ]`,
  );
  // Nix names the output, too, where the first is not `out`.
  return lines.map((line) => parseStorePath(line.replace(/!.*/, '')));
}

/** Where the only output of a derivation will lie. */
export async function outputOf(farm: Farm, drv: StorePath): Promise<StorePath> {
  const { stdout } = await farm.hub.run('nix-store', ['--query', '--outputs', drv]);
  return parseStorePath(stdout.trim());
}

/** The text of the only output of a derivation, read where results go. */
export async function resultOf(farm: Farm, drv: StorePath): Promise<string> {
  const path = await outputOf(farm, drv);
  return (await farm.hub.run('cat', [farm.hub.daemon.realPath(path)])).stdout;
}

/** Collects garbage, as the owner of a store may do at any moment. */
export function collectGarbage(farm: Farm, { localUri }: NixDaemon): void {
  execFileSync('nix-store', ['--gc', '--store', localUri], { env: farm.hub.env, stdio: 'pipe' });
}

const prelude = `let
  shell = name: script: attributes: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-euc" "export PATH=/usr/bin; \${script}" ];
  } // attributes);`;
