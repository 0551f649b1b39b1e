import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Builder, type BuilderOptions } from './builder.ts';
import { makeFarmFolder, removeFarmFolder } from './farm-folder.ts';
import { Hub, type HubOptions } from './hub.ts';
import { removeLinksOf } from './network.ts';
import { endProcesses, killProcesses, processesOf, withDescendants } from './processes.ts';
import { makeKey } from './ssh-server.ts';

/** What to start: any number of builders, and the user's own store. */
export interface FarmOptions {
  readonly builders?: readonly BuilderOptions[];
  readonly hub?: HubOptions;
}

/** Starts everything at once; the farm is ready to be used when this resolves. Needs root. */
export async function startFarm(options: FarmOptions = {}): Promise<Farm> {
  if (process.getuid?.() !== 0)
    throw new Error('a farm needs root: its daemons build in sandboxes');
  const farm = new Farm(makeFarmFolder(), options);
  try {
    await farm.start();
  } catch (error) {
    await farm[Symbol.asyncDispose]();
    throw error;
  }
  return farm;
}

/**
 * Real builders and a hub on this machine, in a folder of their own. Dispose of it, best with `await using` or in
 * `afterAll`: that ends every process and removes the folder. If this process exits without that, an exit handler
 * does it; if it is killed, the kernel kills the daemons and the next test run removes the folder.
 */
export class Farm implements AsyncDisposable {
  readonly folder: string;
  readonly hub: Hub;
  readonly builders: readonly Builder[];
  readonly #sshConfig: string;
  readonly #onExit: () => void;

  constructor(folder: string, options: FarmOptions) {
    this.folder = folder;
    this.#onExit = () => this.#endNow();
    process.once('exit', this.#onExit);
    const clientKey = makeKey(join(folder, 'client-key'));
    this.#sshConfig = join(folder, 'ssh_config');
    this.hub = new Hub(folder, options.hub ?? {}, this.#sshConfig);
    this.builders = (options.builders ?? []).map((one) => new Builder(folder, one, clientKey));
  }

  /** The builder of this name. */
  builder(name: string): Builder {
    const found = this.builders.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`the farm has no builder ${name}`);
    return found;
  }

  /** A machines file's text with all builders. */
  get machines(): string {
    return this.builders.map((builder) => `${builder.machineLine}\n`).join('');
  }

  async start(): Promise<void> {
    await Promise.all([
      this.hub.daemon.start(),
      ...this.builders.map((builder) => builder.start()),
    ]);
    this.#writeSshConfig();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endProcesses(this.#processes());
    removeLinksOf(this.folder);
    removeFarmFolder(this.folder);
    process.off('exit', this.#onExit);
  }

  #endNow(): void {
    killProcesses(this.#processes());
    removeLinksOf(this.folder);
    removeFarmFolder(this.folder);
  }

  /** Our descendants, and processes that carry the folder's name although their parent is gone. */
  #processes(): number[] {
    const daemons = [this.hub.daemon.pid, ...this.builders.flatMap(({ pids }) => pids)];
    const started = daemons.filter((pid) => pid !== undefined);
    const marked = processesOf(this.folder).map(({ pid }) => pid);
    return withDescendants([...started, ...marked]).filter((pid) => pid !== process.pid);
  }

  /**
   * For stock clients: makes each SSH builder a host by its name, with its keys and nothing of the user's own.
   */
  #writeSshConfig(): void {
    const knownHosts = join(this.folder, 'known_hosts');
    writeFileSync(this.#sshConfig, '');
    for (const { name, ssh } of this.builders) {
      if (ssh === undefined) continue;
      appendFileSync(knownHosts, ssh.knownHostsLines.join(''));
      appendFileSync(this.#sshConfig, `Host ${name}\n  HostName ${ssh.host}\n  Port ${ssh.port}\n`);
    }
    const common = [
      'Host *',
      '  User root',
      `  IdentityFile ${join(this.folder, 'client-key')}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${knownHosts}`,
      '  GlobalKnownHostsFile /dev/null',
      '  StrictHostKeyChecking yes',
      '',
    ];
    appendFileSync(this.#sshConfig, common.join('\n'));
  }
}
