import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from './environment.ts';
import { nixOf, searchPath } from './installed-nix.ts';
import { type NixSettings, nixConf } from './nix-conf.ts';
import { NixDaemon, type NixDaemonOptions } from './nix-daemon.ts';

/** The user's own store. */
export interface HubOptions extends Omit<NixDaemonOptions, 'name'> {
  readonly name?: string;
  /** The version of Nix of its clients; the hub's own if undefined. */
  readonly clientNix?: string;
  /** nix.conf of the clients that run against the hub, such as `experimental-features`. */
  readonly clientSettings?: NixSettings;
}

/** What a client printed and how it ended. */
export interface ClientResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The store that plays the user's local one, and the environment in which their commands run. */
export class Hub {
  readonly daemon: NixDaemon;
  /** The environment for spawning any client, stock or ours, against the hub. */
  readonly env: NodeJS.ProcessEnv;

  constructor(farmFolder: string, options: HubOptions, sshConfig: string) {
    const ssh = { NIX_SSHOPTS: `-F ${sshConfig}` };
    this.daemon = new NixDaemon(farmFolder, { name: 'hub', ...options }, ssh);
    this.env = {
      ...cleanEnvironment(farmFolder),
      ...ssh,
      PATH: searchPath(nixOf(options.clientNix ?? options.nix), process.env['PATH']),
      NIX_REMOTE: this.daemon.storeUri,
      NIX_DAEMON_SOCKET_PATH: this.daemon.socket,
      NIX_CONF_DIR: clientConf(farmFolder, options.clientSettings ?? {}),
    };
  }

  get socket(): string {
    return this.daemon.socket;
  }

  /** The value for NIX_REMOTE: through the daemon, with the files found below its root. */
  get storeUri(): string {
    return this.daemon.storeUri;
  }

  /** Runs a client and waits for it, however it ends. */
  run(program: string, args: readonly string[]): Promise<ClientResult> {
    return new Promise((resolve) => {
      const options = { env: this.env, maxBuffer: 1 << 28 };
      execFile(program, args, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Evaluates an expression as a user does; returns the paths of its .drv files, now in the hub. */
  async instantiate(expression: string): Promise<string[]> {
    return this.#lines('nix-instantiate', ['--expr', expression]);
  }

  /** Builds a derivation with stock Nix in the hub itself; returns its output paths. */
  async realise(drvPath: string): Promise<string[]> {
    return this.#lines('nix-store', ['--realise', drvPath]);
  }

  async #lines(program: string, args: readonly string[]): Promise<string[]> {
    const { code, stdout, stderr } = await this.run(program, args);
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  }
}

function clientConf(farmFolder: string, settings: NixSettings): string {
  const folder = join(farmFolder, 'client-etc');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'nix.conf'), nixConf({ substituters: '' }, settings));
  return folder;
}
