import { BuildersError } from '../errors.ts';
import { splitShellWords } from './shell-words.ts';

/** Options of `ssh` that take a value, each with its name for `-o`. */
const withValue: Readonly<Record<string, string | undefined>> = {
  b: 'bindaddress',
  c: 'ciphers',
  i: 'identityfile',
  J: 'proxyjump',
  l: 'user',
  m: 'macs',
  p: 'port',
  // Ignored here: they name the file that `ssh -G` reads, a log, and the socket of a shared
  // connection.
  E: undefined,
  F: undefined,
  S: undefined,
};

/** Options without a value: those that change how to connect, and those without meaning for us. */
const withoutValue: Readonly<Record<string, readonly [string, string] | undefined>> = {
  4: ['addressfamily', 'inet'],
  6: ['addressfamily', 'inet6'],
  C: ['compression', 'yes'],
  A: undefined,
  a: undefined,
  k: undefined,
  q: undefined,
  T: undefined,
  v: undefined,
  X: undefined,
  x: undefined,
  Y: undefined,
};

/**
 * Parses `NIX_SSHOPTS` into values under the names of `ssh -G`. Throws `bad-ssh-option`, naming the
 * option, for one that makes no sense for a connection to a Nix daemon.
 */
export function valuesOfSshOptions(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const words = splitShellWords(text)[Symbol.iterator]();
  for (const word of words) {
    let rest = optionsOf(word);
    while (rest !== '') {
      const letter = rest.charAt(0);
      rest = rest.slice(1);
      if (Object.hasOwn(withoutValue, letter)) {
        note(values, withoutValue[letter]);
      } else {
        const value = rest || valueAfter(letter, words);
        note(values, letter === 'o' ? namedOption(value) : lettered(letter, value));
        rest = '';
      }
    }
  }
  return values;
}

function optionsOf(word: string): string {
  if (/^-[^-]/.test(word)) return word.slice(1);
  throw refused(`'${word}', which is no option`);
}

function valueAfter(letter: string, words: Iterator<string>): string {
  if (letter !== 'o' && !Object.hasOwn(withValue, letter)) throw refused(`-${letter}`);
  const next = words.next();
  if (next.done === true) throw refused(`-${letter} without its value`);
  return next.value;
}

function lettered(letter: string, value: string): readonly [string, string] | undefined {
  if (!Object.hasOwn(withValue, letter)) throw refused(`-${letter}`);
  const name = withValue[letter];
  return name === undefined ? undefined : [name, value];
}

/** Parses `Name=value`, or `Name value` as in a configuration file. */
function namedOption(text: string): readonly [string, string] {
  const parts = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/s.exec(text);
  const [, name, value] = parts ?? [];
  if (name === undefined || value === undefined) throw refused(`-o '${text}'`);
  return [name.toLowerCase(), value.trim()];
}

/** As for `ssh`, the first value counts, except for what may be given more than once. */
function note(values: Map<string, string[]>, pair: readonly [string, string] | undefined): void {
  if (pair === undefined) return;
  const [name, value] = pair;
  const before = values.get(name);
  if (before === undefined) values.set(name, [value]);
  else if (name === 'identityfile') before.push(value);
}

function refused(what: string): BuildersError {
  return new BuildersError(
    'bad-ssh-option',
    `NIX_SSHOPTS has ${what}: dispatch connects by itself and does not know what to do with that; ` +
      'leave it out, or set DISPATCH_SSH=system to have the ssh program connect',
  );
}
