import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Farm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { nixOf } from '../farm/installed-nix.ts';
import type { NixSettings } from '../farm/nix-conf.ts';

const checkout = join(import.meta.dirname, '..', '..');

/** Lends the machine's compiler and its tools to the sandbox of a daemon of this version. */
export function withCompiler(nix?: string): NixSettings {
  const usr = nixOf(nix).machineUsr;
  return {
    'sandbox-paths': `/bin=${usr}/bin /lib=${usr}/lib /lib64=${usr}/lib64? /usr=${usr} /etc/alternatives`,
  };
}

/** What `infra/real-packages/fetch.sh` finds missing; empty when all is there. */
export function missingSources(): Promise<string> {
  const script = join(checkout, 'infra', 'real-packages', 'fetch.sh');
  return new Promise((resolve) => {
    execFile('bash', [script, '--check'], (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}`.trim() || error.message);
    });
  });
}

/** Writes an expression of the whole package set, for `-f` and for `nix-build`. */
export function writeWorld(farm: Farm): string {
  const file = join(farm.folder, 'world.nix');
  const world = join(checkout, 'test', 'real-packages');
  writeFileSync(file, `import ${world} { sources = "/var/lib/dispatch-sources"; }\n`);
  return file;
}

/** Runs a program of the hub's store where it finds its libraries: in a root that has that store at /nix. */
export function runFromHub(farm: Farm, program: string, input: string): Promise<ClientResult> {
  const store = join(farm.hub.daemon.root, 'nix');
  return new Promise((resolve) => {
    const words = ['--mount', '/bin/sh', '-euc', inOwnRoot, 'sh', store, program];
    const child = execFile('unshare', words, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 128;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

/** A script whose mounts nobody else sees, and which end with the program. */
const inOwnRoot = `
  mount -t tmpfs none /mnt
  mkdir /mnt/nix /mnt/usr
  mount --bind "$1" /mnt/nix
  mount --bind /usr /mnt/usr
  for name in bin lib lib64; do ln -s usr/$name /mnt/$name; done
  shift
  exec chroot /mnt "$@"
`;
