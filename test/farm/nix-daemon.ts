import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Argv, pidOf, startChild, whenReady } from './child.ts';
import { cleanEnvironment } from './environment.ts';
import { type InstalledNix, nixOf, nixProgram } from './installed-nix.ts';
import { daemonSettings, type NixSettings, nixConf } from './nix-conf.ts';
import { noteNixVersion } from './nix-version.ts';
import { endProcesses, withDescendants } from './processes.ts';

/** How one daemon of a farm differs from the others. */
export interface NixDaemonOptions {
  readonly name: string;
  /** How many builds it does at a time: its `max-jobs`, and what its machines line says. */
  readonly slots?: number;
  /** `system-features`; without any the daemon has none. */
  readonly features?: readonly string[];
  /** False: `trusted-users` names somebody else, so that we are an ordinary user to it. */
  readonly trusted?: boolean;
  /** Its version of Nix, such as `2.26`; the machine's own if undefined. */
  readonly nix?: string;
  /**
   * True: its store is at /nix itself, in a mount namespace that the daemon and all logins share. Only in such a
   * store does Nix let builds out of the sandbox, with `sandbox = relaxed` and `__noChroot`.
   */
  readonly ownRoot?: boolean;
  /** Further lines of its nix.conf, such as `experimental-features` = `ca-derivations`. */
  readonly settings?: NixSettings;
}

/**
 * A real nix-daemon over a store of its own: paths are called /nix/store/… as everywhere, the files lie below
 * `root`, and the machine's own /nix is never touched.
 */
export class NixDaemon {
  readonly name: string;
  readonly slots: number;
  readonly features: readonly string[];
  readonly folder: string;
  readonly socket: string;
  /** Where the chroot store's `/` is. */
  readonly root: string;
  readonly confDir: string;
  readonly logFile: string;
  readonly trusted: boolean;
  readonly nix: InstalledNix;
  #child: ChildProcess | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ownRoot: boolean;

  constructor(farmFolder: string, options: NixDaemonOptions, env: NodeJS.ProcessEnv = {}) {
    this.name = options.name;
    this.slots = options.slots ?? 1;
    this.features = options.features ?? [];
    this.trusted = options.trusted ?? true;
    this.nix = nixOf(options.nix);
    this.folder = join(farmFolder, options.name);
    this.socket = join(this.folder, 'socket');
    this.root = join(this.folder, 'root');
    this.confDir = join(this.folder, 'etc');
    this.logFile = join(this.folder, 'daemon.log');
    this.#ownRoot = options.ownRoot ?? false;
    this.#env = {
      ...cleanEnvironment(farmFolder),
      ...env,
      NIX_REMOTE: this.uriInside,
      NIX_CONF_DIR: this.confDir,
      NIX_DAEMON_SOCKET_PATH: this.socket,
    };
    this.#writeConf(options.settings ?? {});
  }

  /** The store for a client that opens its files itself, as root does without a daemon. */
  get localUri(): string {
    return `local?root=${this.root}`;
  }

  /** The same for a client that `inside` starts. */
  get uriInside(): string {
    return this.#ownRoot ? 'local' : this.localUri;
  }

  /** The words that start a program where it sees the store at /nix. */
  inside(argv: Argv): Argv {
    if (!this.#ownRoot) return argv;
    const script = 'mkdir -p "$1" /nix && mount --bind "$1" /nix && shift && exec "$@"';
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', join(this.root, 'nix'), ...argv];
  }

  /** The store for a client that goes through the daemon, and still finds the files where they really are. */
  get storeUri(): string {
    return `unix://${this.socket}?root=${this.root}`;
  }

  get pid(): number | undefined {
    return pidOf(this.#child);
  }

  /** Where the file of a store path lies on this machine. */
  realPath(storePath: string): string {
    return join(this.root, storePath);
  }

  /** What the daemon printed so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  async start(): Promise<void> {
    const argv = this.inside([nixProgram('nix-daemon', this.nix.version)]);
    noteNixVersion(this.nix.version);
    this.#child = startChild({ argv, env: this.#env, logFile: this.logFile });
    await whenReady(
      this.#child,
      () => answers(this.socket),
      () => this.log(),
    );
  }

  /** Ends the daemon and every connection to it; `start` brings it back over the same store. */
  async stop(): Promise<void> {
    if (this.pid !== undefined) await endProcesses(withDescendants([this.pid]));
    this.#child = undefined;
  }

  #writeConf(extra: NixSettings): void {
    mkdirSync(this.confDir, { recursive: true });
    const own: NixSettings = {
      'max-jobs': String(this.slots),
      'system-features': this.features.join(' '),
      'trusted-users': this.trusted ? 'root' : 'nobody',
    };
    const shared = daemonSettings(this.nix.machineUsr);
    writeFileSync(join(this.confDir, 'nix.conf'), nixConf(shared, own, extra));
  }
}

/** What a client says first: Nix's magic number, little endian in eight bytes. */
const greeting: Buffer = Buffer.from('6378696e00000000', 'hex');

/**
 * Whether the daemon answers a greeting, or hangs up on a client that it does not let in. It opens the store
 * before it answers, and would hang up on a second connection while a new store is still being made.
 */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    let accepted = false;
    const socket = connect(socketPath, () => {
      accepted = true;
      socket.write(greeting);
    });
    const end = (): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('data', end);
    socket.once('error', end);
    socket.once('close', end);
  });
}
