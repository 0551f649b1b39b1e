import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One version of Nix on this machine: its own, or one that infra/nix-versions unpacked beside it. */
export interface InstalledNix {
  /** The whole version, such as `2.34.8`. */
  readonly version: string;
  /** What goes first in PATH for clients of this version; undefined for the machine's own. */
  readonly programs: string | undefined;
  /** Where processes of this version find the machine's own /usr: builds see the same tools with every version. */
  readonly machineUsr: string;
}

const unpacked = '/var/lib/dispatch-nix';

let found: readonly InstalledNix[] | undefined;

/** Every version on this machine, oldest first. */
function installedNixes(): readonly InstalledNix[] {
  found ??= [ownNix(), ...unpackedNixes()].toSorted(byVersion);
  return found;
}

/** The first two numbers of every version on this machine, oldest first: for `test.each`. */
export function nixVersions(): string[] {
  return installedNixes().map(({ version }) => version.split('.').slice(0, 2).join('.'));
}

/** The newest version on this machine, by its first two numbers. */
export function newestNix(): string {
  return nixVersions().at(-1) ?? '';
}

/**
 * The version that starts with these numbers, such as `2.34`; without any, that of DISPATCH_TEST_NIX or else the
 * machine's own.
 */
export function nixOf(
  version: string | undefined = process.env['DISPATCH_TEST_NIX'],
): InstalledNix {
  if (version === undefined) return ownNix();
  const nix = installedNixes().find((one) => `${one.version}.`.startsWith(`${version}.`));
  if (nix !== undefined) return nix;
  const known = nixVersions().join(', ');
  throw new Error(`there is no Nix ${version} here, only ${known}: run infra/setup/setup.sh`);
}

/** The path of a version's program for spawning it as a client: `nixProgram('nix-store', '2.26')`. */
export function nixProgram(program: string, version?: string): string {
  const { programs } = nixOf(version);
  return programs === undefined ? program : join(programs, program);
}

/** PATH with the version's programs before all others. */
export function searchPath({ programs }: InstalledNix, path = '/usr/bin:/bin'): string {
  return programs === undefined ? path : `${programs}:${path}`;
}

let own: InstalledNix | undefined;

function ownNix(): InstalledNix {
  own ??= { version: ownVersion(), programs: undefined, machineUsr: '/usr' };
  return own;
}

function ownVersion(): string {
  const text = execFileSync('nix-daemon', ['--version'], { encoding: 'utf8' });
  return text.trim().split(' ').at(-1) ?? text;
}

function unpackedNixes(): InstalledNix[] {
  if (!existsSync(unpacked)) return [];
  return readdirSync(unpacked)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(unpacked, name))
    .map((folder) => ({
      version: readFileSync(join(folder, 'version'), 'utf8').trim(),
      programs: join(folder, 'bin'),
      machineUsr: join(folder, 'host'),
    }));
}

function byVersion(a: InstalledNix, b: InstalledNix): number {
  return a.version.localeCompare(b.version, 'en', { numeric: true });
}
