import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CommandError } from '../errors.ts';
import { flagIn, jobsIn, wholeNumberIn } from './setting-values.ts';

/** Nix's settings as its configuration files have them; what they do not set has no value here. */
export interface NixSettings {
  text(name: string): string | undefined;
  /** A setting that is a list, with what `extra-` adds to it. */
  words(name: string, usual: readonly string[]): string[];
  /** A setting that is a whole number from 0 up. Throws `bad-file` for any other value. */
  number(name: string): number | undefined;
  /** How many builds at a time `max-jobs` allows here. Throws `bad-file` for what is no number. */
  maxJobs(): number | undefined;
  /** A setting that is on or off. Throws `bad-file` for any other value. */
  flag(name: string): boolean | undefined;
}

/** Where Nix's own configuration is: `NIX_CONF_DIR`, by default `/etc/nix`. */
export function nixConfDirectory(environment: NodeJS.ProcessEnv): string {
  return environment['NIX_CONF_DIR'] || '/etc/nix';
}

/**
 * Reads the system's and the user's nix.conf and `NIX_CONFIG`, in Nix's order: what comes later
 * wins. A file that is not there, or that may not be read, sets nothing. Throws `bad-file` with file
 * and line for what Nix would stop at too.
 */
export function readNixSettings(environment: NodeJS.ProcessEnv): NixSettings {
  const values = new Map<string, string>();
  readFile(join(nixConfDirectory(environment), 'nix.conf'), values, 0);
  for (const file of userFiles(environment).toReversed()) readFile(file, values, 0);
  readLines(environment['NIX_CONFIG'] ?? '', { file: 'NIX_CONFIG', folder: '/' }, values, 0);
  return {
    text: (name) => values.get(name),
    words: (name, usual) => [
      ...new Set([
        ...(wordsOf(values.get(name)) ?? usual),
        ...(wordsOf(values.get(extra(name))) ?? []),
      ]),
    ],
    number: (name) => valueOf(name, values, wholeNumberIn, 'a whole number from 0 up'),
    maxJobs: () => valueOf('max-jobs', values, jobsIn, "a whole number from 0 up or 'auto'"),
    flag: (name) => valueOf(name, values, flagIn, 'true or false'),
  };
}

/** The user's own configuration files; an earlier one wins over a later one. */
function userFiles(environment: NodeJS.ProcessEnv): string[] {
  const listed = environment['NIX_USER_CONF_FILES'];
  if (listed !== undefined) return listed.split(':').filter((file) => file !== '');
  const home = environment['HOME'] ?? homedir();
  const own = environment['XDG_CONFIG_HOME'] || join(home, '.config');
  const shared = (environment['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':');
  return [own, ...shared].map((folder) => join(folder, 'nix', 'nix.conf'));
}

const maximumIncludeDepth = 16;

/** What is being read; included files are looked for in its folder. */
interface Place {
  readonly file: string;
  readonly folder: string;
}

function readFile(file: string, values: Map<string, string>, depth: number): void {
  if (depth > maximumIncludeDepth) throw badLine(file, `includes more than ${depth} files deep`);
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // As with Nix, a file that is missing, or that we may not read, sets nothing.
  }
  readLines(text, { file, folder: dirname(file) }, values, depth);
}

function readLines(text: string, at: Place, values: Map<string, string>, depth: number): void {
  text.split('\n').forEach((line, index) => {
    const words = wordsOf(line.split('#', 1)[0]) ?? [];
    const place = `${at.file}:${index + 1}`;
    if (words.length > 0) readLine(words, place, at.folder, values, depth);
  });
}

function readLine(
  words: readonly string[],
  place: string,
  folder: string,
  values: Map<string, string>,
  depth: number,
): void {
  const [name = '', second, ...rest] = words;
  if (name === 'include' || name === '!include') {
    if (second === undefined || rest.length > 0) throw badLine(place, `'${name}' takes one file`);
    const file = resolve(folder, second);
    if (existsSync(file)) readFile(file, values, depth + 1);
    else if (name === 'include') throw badLine(place, `there is no ${file}, which it includes`);
  } else if (second === '=') set(aliases.get(name) ?? name, rest.join(' '), values);
  else throw badLine(place, `'${words.join(' ')}' is not of the form 'NAME = VALUE'`);
}

/** Sets a setting, or adds to an `extra-` one. A setting that is set anew loses what was added to it before. */
function set(name: string, value: string, values: Map<string, string>): void {
  const before = name.startsWith('extra-') ? values.get(name) : undefined;
  values.set(name, before === undefined ? value : `${before} ${value}`);
  values.delete(extra(name));
}

function extra(name: string): string {
  return `extra-${name}`;
}

/** Nix's former names, which it still takes. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['binary-cache-public-keys', 'trusted-public-keys'],
  ['binary-caches', 'substituters'],
  ['build-cores', 'cores'],
  ['build-fallback', 'fallback'],
  ['build-max-jobs', 'max-jobs'],
  ['build-max-silent-time', 'max-silent-time'],
  ['build-timeout', 'timeout'],
  ['build-use-substitutes', 'substitute'],
  ['extra-binary-caches', 'extra-substituters'],
]);

function wordsOf(text: string | undefined): string[] | undefined {
  return text?.split(/\s+/).filter((word) => word !== '');
}

/** The value of a setting; undefined where it is not set. Throws `bad-file` for an invalid text. */
function valueOf<Value>(
  name: string,
  values: ReadonlyMap<string, string>,
  meaning: (text: string) => Value | undefined,
  needed: string,
): Value | undefined {
  const text = values.get(name);
  const value = text === undefined ? undefined : meaning(text);
  if (text === undefined || value !== undefined) return value;
  throw new CommandError(
    'bad-file',
    `nix.conf sets '${name}' to '${text}', which is not ${needed}`,
  );
}

function badLine(place: string, what: string): CommandError {
  return new CommandError('bad-file', `${place}: ${what}; Nix does not read it either`);
}
