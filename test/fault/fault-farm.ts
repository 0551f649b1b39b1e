import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Builder, BuilderOptions } from '../farm/builder.ts';
import { type Farm, startFarm } from '../farm/farm.ts';
import { makeFarmFolder, removeFarmFolder } from '../farm/farm-folder.ts';
import { nixOf } from '../farm/installed-nix.ts';
import { daemonSettings } from '../farm/nix-conf.ts';
import { killProcesses, nameOf, withDescendants } from '../farm/processes.ts';
import { SmallDisk } from '../small-disk.ts';
import { FragileHub } from './fragile-hub.ts';

const builderNames = ['one', 'two', 'three'] as const;

/**
 * A builder to which anything may happen: it is away behind a link of its own, and its store is on a disk of its
 * own.
 */
export class FragileBuilder {
  readonly builder: Builder;
  #disk: SmallDisk | undefined;

  constructor(builder: Builder) {
    this.builder = builder;
  }

  get disk(): SmallDisk {
    if (this.#disk === undefined) throw new Error(`${this.builder.name} has no disk`);
    return this.#disk;
  }

  async crash(): Promise<void> {
    await this.builder.crash();
  }

  async start(): Promise<void> {
    await this.builder.start();
  }

  /** Gives it a new, empty disk; the machine must be down. */
  async renewDisk(): Promise<void> {
    await this.removeDisk();
    rmSync(this.builder.daemon.root, { recursive: true, force: true });
    this.#disk = new SmallDisk(this.builder.daemon.root, '64m');
  }

  /** Unmounts the disk; a killed process may take a moment to let go of it. */
  async removeDisk(): Promise<void> {
    for (let tries = 1; this.#disk !== undefined; tries += 1) {
      try {
        this.#disk[Symbol.dispose]();
        this.#disk = undefined;
      } catch (error) {
        if (tries === 50) throw error;
        await sleep(100);
      }
    }
  }

  get name(): string {
    return this.builder.name;
  }

  get pids(): number[] {
    return this.builder.running;
  }

  /** Kills the SSH server and all its sessions; what has no link there goes on. */
  async killSsh(): Promise<void> {
    const server = this.builder.ssh?.pid;
    if (server !== undefined) killProcesses(withDescendants([server]));
    await this.builder.ssh?.stop();
  }

  async startSsh(): Promise<void> {
    await this.builder.ssh?.start();
  }

  /** The programs that run there for those who are logged in: names by process id. */
  get sessions(): Map<number, string> {
    const server = this.builder.ssh?.pid;
    const pids = server === undefined ? [] : withDescendants([server]);
    return new Map(pids.filter((pid) => pid !== server).map((pid) => [pid, nameOf(pid)]));
  }

  /** Kills those of the sessions' programs that have this name, without a warning. */
  killSessions(program: string): void {
    killProcesses([...this.sessions].filter(([, name]) => name === program).map(([pid]) => pid));
  }
}

/** A farm for throwing faults at, and beside it a store in which plain Nix builds the same. */
export class FaultFarm implements AsyncDisposable {
  readonly farm: Farm;
  readonly builders: readonly FragileBuilder[];
  readonly hub: FragileHub;
  readonly #marks: string;

  private constructor(farm: Farm, marks: string) {
    this.farm = farm;
    this.#marks = marks;
    this.hub = new FragileHub(farm.hub.daemon);
    this.builders = builderNames.map((name) => new FragileBuilder(farm.builder(name)));
  }

  static async start(): Promise<FaultFarm> {
    const marks = makeFarmFolder();
    const settings = (name: string): Pick<BuilderOptions, 'settings' | 'features'> => {
      const folder = join(marks, name);
      mkdirSync(folder, { mode: 0o777 });
      const { 'sandbox-paths': paths } = daemonSettings(nixOf(undefined).machineUsr);
      return {
        features: ['dispatch-group'],
        settings: {
          'sandbox-paths': `${paths} /marks=${folder} /run/dispatch?`,
          'sync-before-registering': 'false',
        },
      };
    };
    const fragile = builderNames.map((name) => ({ name, slots: 2, away: true, ...settings(name) }));
    const plain = { name: 'plain', slots: 2, ...settings('plain') };
    const farm = await startFarm({ builders: [...fragile, plain] });
    const faultFarm = new FaultFarm(farm, marks);
    await Promise.all(
      faultFarm.builders.map(async (one) => {
        await one.crash();
        await one.renewDisk();
        await one.start();
      }),
    );
    return faultFarm;
  }

  /** The machines' lines of the builders that faults are thrown at. */
  get machines(): string {
    return this.builders.map(({ builder }) => builder.machineLine).join('\n');
  }

  /** How often each step began, or ended well, on all fragile builders. */
  marks(kind: 'begin' | 'end'): Map<string, number> {
    const counts = new Map<string, number>();
    const logs = builderNames.map((name) => join(this.#marks, name, 'log')).filter(existsSync);
    for (const line of logs.flatMap((log) => readFileSync(log, 'utf8').split('\n'))) {
      const [word, name = ''] = line.split(' ');
      if (word === kind) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.builders.map(async (one) => {
        one.builder.network.mend();
        await one.crash();
        await one.removeDisk();
      }),
    );
    await this.farm[Symbol.asyncDispose]();
    removeFarmFolder(this.#marks);
  }
}
