import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Nix's settings as its configuration files have them; what they do not set has no value here. */
export interface NixSettings {
  text(name: string): string | undefined;
  /** A setting that is a list, with what `extra-` adds to it. */
  words(name: string, usual: readonly string[]): string[];
}

const maximumIncludeDepth = 16;

/** Where Nix's own configuration is: `NIX_CONF_DIR`, by default `/etc/nix`. */
export function nixConfDirectory(environment: NodeJS.ProcessEnv): string {
  return environment['NIX_CONF_DIR'] ?? '/etc/nix';
}

/**
 * Reads the system's and the user's nix.conf and `NIX_CONFIG`, in Nix's order: what comes later
 * wins. A file that is not there, or that may not be read, sets nothing.
 */
export function readNixSettings(environment: NodeJS.ProcessEnv): NixSettings {
  const values = new Map<string, string>();
  readFile(join(nixConfDirectory(environment), 'nix.conf'), values, 0);
  for (const file of userFiles(environment)) readFile(file, values, 0);
  readLines(environment['NIX_CONFIG'] ?? '', '/', values, 0);
  const words = (name: string): string[] | undefined =>
    values
      .get(name)
      ?.split(/\s+/)
      .filter((word) => word !== '');
  return {
    text: (name) => values.get(name),
    words: (name, usual) => [
      ...new Set([...(words(name) ?? usual), ...(words(`extra-${name}`) ?? [])]),
    ],
  };
}

function userFiles(environment: NodeJS.ProcessEnv): string[] {
  const listed = environment['NIX_USER_CONF_FILES'];
  if (listed !== undefined) return listed.split(':').toReversed();
  const home = environment['HOME'] ?? homedir();
  return [join(environment['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'nix', 'nix.conf')];
}

function readFile(file: string, values: Map<string, string>, depth: number): void {
  if (depth > maximumIncludeDepth) return;
  try {
    readLines(readFileSync(file, 'utf8'), dirname(file), values, depth);
  } catch {
    // As for Nix, a file that is not there is no fault; one that Nix cannot read it will tell of.
  }
}

function readLines(text: string, folder: string, values: Map<string, string>, depth: number): void {
  for (const line of text.split('\n')) {
    const [name = '', ...rest] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    const isInclude = name === 'include' || name === '!include';
    if (isInclude) readFile(resolve(folder, rest.join(' ')), values, depth + 1);
    else if (rest[0] === '=') values.set(name, rest.slice(1).join(' '));
  }
}
