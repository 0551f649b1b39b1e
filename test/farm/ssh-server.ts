import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type Argv, pidOf, startChild, whenReady } from './child.ts';
import type { Network } from './network.ts';
import { endProcesses, withDescendants } from './processes.ts';

/** What an SSH login to one builder gets: our key is let in, and these variables reach its commands. */
export interface SshServerOptions {
  readonly folder: string;
  readonly clientKey: string;
  readonly sessionEnv: Readonly<Record<string, string>>;
  /** The network that it is in; if undefined, it is on this machine. */
  readonly network?: Network | undefined;
  /** Wraps the words that start it, where it needs more than the network. */
  readonly enclose?: (argv: Argv) => Argv;
  /** The types of its host keys; ed25519 alone by default. `publicHostKey` is the first of them. */
  readonly hostKeyTypes?: readonly [KeyType, ...KeyType[]];
  /** Further lines of its sshd_config. */
  readonly settings?: Readonly<Record<string, string>>;
}

const usualPort = 22;

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

/**
 * A real sshd with a host key of its own: in a network on the usual port, otherwise on a free port of 127.0.0.1.
 */
export class SshServer {
  readonly logFile: string;
  readonly #hostKeys: readonly string[];
  readonly #options: SshServerOptions;
  #port = 0;
  #child: ChildProcess | undefined;

  constructor(options: SshServerOptions) {
    this.#options = options;
    this.logFile = join(options.folder, 'sshd.log');
    this.#hostKeys = (options.hostKeyTypes ?? ['ed25519']).map((type) =>
      makeKey(join(options.folder, `host-key-${type}`), { type }),
    );
  }

  get port(): number {
    return this.#port;
  }

  get host(): string {
    return this.#options.network?.address ?? '127.0.0.1';
  }

  get pid(): number | undefined {
    return pidOf(this.#child);
  }

  /** As it stands in a machines file's eighth column. */
  get publicHostKey(): string {
    return Buffer.from(this.#publicKeys[0] ?? '').toString('base64');
  }

  /** Lines for a known_hosts file, one for each of its keys. */
  get knownHostsLines(): string[] {
    const name = this.#port === usualPort ? this.host : `[${this.host}]:${this.#port}`;
    return this.#publicKeys.map((key) => `${name} ${key}\n`);
  }

  get #publicKeys(): string[] {
    return this.#hostKeys.map((key) => readFileSync(`${key}.pub`, 'utf8').trim());
  }

  /** Starts the server, on the same port each time. */
  async start(): Promise<void> {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const { network, enclose = (argv) => argv } = this.#options;
    this.#port ||= network === undefined ? await freePort() : usualPort;
    const config = join(this.#options.folder, 'sshd_config');
    writeFileSync(config, this.#config());
    const sshd = enclose(['/usr/sbin/sshd', '-D', '-e', '-f', config]);
    const argv = network?.inside(sshd) ?? sshd;
    this.#child = startChild({ argv, env: process.env, logFile: this.logFile });
    await whenReady(
      this.#child,
      () => greets(this.host, this.#port),
      () => readFileSync(this.logFile, 'utf8'),
    );
  }

  /** Ends the server and every session in it. */
  async stop(): Promise<void> {
    if (this.pid !== undefined) await endProcesses(withDescendants([this.pid]));
    this.#child = undefined;
  }

  /**
   * The text of its sshd_config. SHLVL=2 stops bash from reading root's start-up file for each command. PAM is
   * off, so that a login does not depend on the machine's session set-up, except where a locked root account
   * leaves no other way in.
   */
  #config(): string {
    const { clientKey, sessionEnv, settings = {} } = this.#options;
    const variables = Object.entries({ SHLVL: '2', ...sessionEnv });
    return [
      `ListenAddress ${this.host}`,
      `Port ${this.#port}`,
      ...Object.entries(settings).map(([name, value]) => `${name} ${value}`),
      ...this.#hostKeys.map((key) => `HostKey ${key}`),
      `AuthorizedKeysFile ${clientKey}.pub`,
      'StrictModes no',
      `UsePAM ${rootIsLocked() ? 'yes' : 'no'}`,
      'PidFile none',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'MaxStartups 100',
      'LogLevel VERBOSE',
      `SetEnv ${variables.map(([name, value]) => `${name}=${value}`).join(' ')}`,
      '',
    ].join('\n');
  }
}

/** Makes a key, of ed25519 and without passphrase by default, and returns its path. */
export function makeKey(
  path: string,
  { type = 'ed25519', passphrase = '' }: { type?: KeyType; passphrase?: string } = {},
): string {
  const words = ['-q', '-t', type, '-N', passphrase, '-C', 'dispatch-farm', '-f', path];
  execFileSync('ssh-keygen', words);
  return path;
}

function rootIsLocked(): boolean {
  return /^root:!/m.test(readFileSync('/etc/shadow', 'utf8'));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Whether the server sends its version line: only then does it take logins. */
function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
