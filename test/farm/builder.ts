import type { Argv } from './child.ts';
import { searchPath } from './installed-nix.ts';
import { Network } from './network.ts';
import { NixDaemon, type NixDaemonOptions } from './nix-daemon.ts';
import { killProcesses, withDescendants } from './processes.ts';
import { SshServer } from './ssh-server.ts';

/** One builder of a farm. */
export interface BuilderOptions extends NixDaemonOptions {
  /** True: reached through an sshd of its own; otherwise by the Unix socket of its daemon. */
  readonly ssh?: boolean;
  /** True: the sshd and all that it starts are in a network of their own, whose link may be cut. */
  readonly away?: boolean;
}

/** The system of every builder and derivation of the farm: the machine's own. */
const farmSystem: string = process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux';

/** A builder: a daemon, and an sshd before it when asked for. */
export class Builder {
  readonly daemon: NixDaemon;
  readonly ssh: SshServer | undefined;
  readonly #network: Network | undefined;
  readonly #clientKey: string;

  constructor(farmFolder: string, options: BuilderOptions, clientKey: string) {
    this.daemon = new NixDaemon(farmFolder, options);
    this.#clientKey = clientKey;
    this.#network = options.away ? new Network(farmFolder) : undefined;
    const { folder } = this.daemon;
    const server = {
      folder,
      clientKey,
      sessionEnv: this.#sessionEnv(),
      network: this.#network,
      enclose: (argv: Argv) => this.daemon.inside(argv),
    };
    this.ssh = options.ssh || options.away ? new SshServer(server) : undefined;
  }

  /** Its network, whose link can be cut; only for a builder that is away. */
  get network(): Network {
    if (this.#network === undefined) throw new Error(`${this.name} has no network of its own`);
    return this.#network;
  }

  /** The processes that were started for it and have to be ended with the farm. */
  get pids(): number[] {
    const all = [this.daemon.pid, this.ssh?.pid, this.#network?.pid];
    return all.filter((pid) => pid !== undefined);
  }

  /** All processes that run on it now: its servers, and what they started for each client. */
  get running(): number[] {
    const servers = [this.daemon.pid, this.ssh?.pid];
    return withDescendants(servers.filter((pid) => pid !== undefined));
  }

  get name(): string {
    return this.daemon.name;
  }

  /** The store as a machines file names it. */
  get uri(): string {
    return this.ssh
      ? `ssh-ng://root@${this.ssh.host}:${this.ssh.port}`
      : `unix://${this.daemon.socket}`;
  }

  /** A whole line for a machines file or `--builders`: nothing else is needed to reach this builder. */
  get machineLine(): string {
    return this.#ownLine(1);
  }

  /** The same with such a speed factor that it is preferred to all others. */
  get fastMachineLine(): string {
    return this.#ownLine(50);
  }

  /** For versions of Nix that know no ports in addresses: a host of the farm's ssh_config (see NIX_SSHOPTS). */
  get stockMachineLine(): string {
    return this.ssh ? this.#line(`ssh-ng://${this.name}`, '-', 1, '-') : this.machineLine;
  }

  async start(): Promise<void> {
    await this.#network?.start();
    await Promise.all([this.daemon.start(), this.ssh?.start()]);
  }

  /** Ends it with all its connections, as when the machine is lost; `start` brings it back. */
  async stop(): Promise<void> {
    await Promise.all([this.daemon.stop(), this.ssh?.stop()]);
  }

  /** As `stop`, but as if its power failed: nothing that runs there gets to say a last word. */
  async crash(): Promise<void> {
    killProcesses(this.running);
    await this.stop();
  }

  #ownLine(speed: number): string {
    const key = this.ssh ? this.#clientKey : '-';
    return this.#line(this.uri, key, speed, this.ssh?.publicHostKey ?? '-');
  }

  #line(uri: string, key: string, speed: number, hostKey: string): string {
    const features = this.daemon.features.join(',') || '-';
    return [uri, farmSystem, key, this.daemon.slots, speed, features, '-', hostKey].join(' ');
  }

  /**
   * A login finds the builder's own Nix and opens the store itself, as root's does; where we are not trusted, it
   * goes through the daemon.
   */
  #sessionEnv(): Record<string, string> {
    const { daemon } = this;
    const store = daemon.trusted ? daemon.uriInside : `unix://${daemon.socket}`;
    return {
      NIX_REMOTE: store,
      NIX_CONF_DIR: daemon.confDir,
      PATH: searchPath(daemon.nix, process.env['PATH']),
    };
  }
}
