import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Farm } from '../../../../test/farm/farm.ts';
import { SshServer, type SshServerOptions } from '../../../../test/farm/ssh-server.ts';
import { DaemonStore, type StoreOptions } from '../../src/daemon-store.ts';

type BoxOptions = Pick<SshServerOptions, 'hostKeyTypes' | 'settings'> & {
  readonly clientKey?: string;
  /** Whose store it is; by default the first builder's. */
  readonly builder?: string;
};

/** How a store on a box is opened, where it matters to a test. */
interface Connecting extends StoreOptions {
  /** Of `NIX_SSHOPTS`, before those that keep the user's own files out. */
  readonly options?: string;
  readonly parameters?: string;
  readonly host?: string;
  readonly port?: number;
  readonly key?: string | null;
  readonly publicHostKey?: string;
}

/** A machine behind an sshd with settings of its own, whose store is that of a farm's builder. */
export class SshBox implements AsyncDisposable {
  readonly server: SshServer;
  readonly folder: string;
  readonly knownHosts: string;
  readonly #clientKey: string;
  readonly #stores: DaemonStore[] = [];

  private constructor(farm: Farm, options: BoxOptions) {
    this.folder = mkdtempSync(join(farm.folder, 'box-'));
    this.knownHosts = join(this.folder, 'known_hosts');
    this.#clientKey = options.clientKey ?? join(farm.folder, 'client-key');
    const builder = farm.builder(options.builder ?? farm.builders[0]!.name);
    const { localUri, confDir } = builder.daemon;
    this.server = new SshServer({
      ...options,
      folder: this.folder,
      clientKey: this.#clientKey,
      sessionEnv: { NIX_REMOTE: localUri, NIX_CONF_DIR: confDir },
    });
  }

  /** Starts one that is known by all its host keys. */
  static async start(farm: Farm, options: BoxOptions = {}): Promise<SshBox> {
    const box = new SshBox(farm, options);
    await box.server.start();
    box.know(...box.server.knownHostsLines);
    return box;
  }

  /** Makes these lines all that is known of host keys. */
  know(...lines: readonly string[]): void {
    writeFileSync(this.knownHosts, lines.join(''));
  }

  /** Options that leave the user's own configuration and keys out. */
  get cleanOptions(): string {
    const files = `-o UserKnownHostsFile=${this.knownHosts} -o GlobalKnownHostsFile=/dev/null`;
    return `-F none ${files}`;
  }

  open(connecting: Connecting = {}): DaemonStore {
    const { options = '', parameters = '', host = '127.0.0.1' } = connecting;
    const { port = this.server.port, key = this.#clientKey, publicHostKey } = connecting;
    const { SSH_AUTH_SOCK: _, ...inherited } = process.env;
    const environment = {
      ...inherited,
      NIX_SSHOPTS: `${options} ${this.cleanOptions}`,
      ...connecting.environment,
    };
    const store = new DaemonStore(
      {
        uri: `ssh-ng://root@${host}:${port}${parameters}`,
        sshKey: key ?? undefined,
        publicHostKey,
      },
      { connectSeconds: 10, ...connecting, environment },
    );
    this.#stores.push(store);
    return store;
  }

  /** Whether a daemon answers. Throws why not. */
  async answers(connecting: Connecting = {}): Promise<boolean> {
    const store = this.open(connecting);
    try {
      return (await store.facts()).version.major === 1;
    } finally {
      store.close();
    }
  }

  /** Why it cannot be asked anything; fails when it can. */
  async refusal(connecting: Connecting = {}): Promise<string> {
    try {
      await this.answers(connecting);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it could be reached');
  }

  /** How many logins there have been. The server writes of one after the client may go on. */
  async logins(): Promise<number> {
    await delay(50);
    return readFileSync(this.server.logFile, 'utf8').split('Accepted publickey').length - 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) store.close();
    await this.server.stop();
  }
}
