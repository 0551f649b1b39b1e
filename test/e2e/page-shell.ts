import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Farm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { program } from './dispatch.ts';

/** A nixpkgs with only what the pages use, from this machine's own /usr. */
const smallNixpkgs = `{ }: rec {
  bash = "/usr"; curl = "/usr"; coreutils = "/usr"; python3 = "/usr";
  runCommand = name: attributes: script: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-euc" "export PATH=/usr/bin:/bin\\n\${script}" ];
  } // attributes);
}
`;

/**
 * A reader who types what a page says, and has a machines file, nixpkgs, and a /nix/store with the contents of
 * the hub.
 */
export class PageShell {
  readonly #farm: Farm;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(farm: Farm) {
    this.#farm = farm;
    this.#folder = join(farm.folder, 'reader');
    this.#env = {
      ...farm.hub.env,
      PATH: `${dirname(program)}:${farm.hub.env['PATH']}`,
      NIX_PATH: `nixpkgs=${join(this.#folder, 'nixpkgs')}`,
    };
    this.write('nixpkgs/default.nix', smallNixpkgs);
    const configuration = farm.hub.env['NIX_CONF_DIR'] ?? this.#folder;
    writeFileSync(join(configuration, 'machines'), farm.machines);
  }

  write(name: string, text: string): void {
    const file = join(this.#folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Runs a block of commands, which ends at the first that fails; gives what all of them printed. */
  run(commands: string): Promise<ClientResult> {
    const lend = 'mount --bind "$0/nix" /nix && exec sh -euc "$1"';
    const words = ['-m', 'sh', '-c', lend, this.#farm.hub.daemon.root, commands];
    const child = spawn('unshare', words, {
      cwd: this.#folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return new Promise((resolve) => {
      child.once('close', (code) => resolve({ code: code ?? 128, stdout, stderr }));
    });
  }
}
