import type { Command } from 'commander';
import { CommandError } from '../errors.ts';

/**
 * Lets the options named here take two words, like Nix's `--arg name value`: commander's options take
 * one, so the two are joined before it parses them. Parsing throws `bad-argument` if one is missing.
 */
export function takePairs(command: Command, options: readonly string[]): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => parse(joinPairs(argv, options));
}

function joinPairs(argv: readonly string[], options: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const [word = '', name, value] = argv.slice(at, at + 3);
    if (word === '--') return joined.concat(argv.slice(at));
    if (!options.includes(word)) {
      joined.push(word);
      continue;
    }
    if (name === undefined || value === undefined) throw tooFewWords(word);
    joined.push(`${word}=${name}=${value}`);
    at += 2;
  }
  return joined;
}

function tooFewWords(option: string): CommandError {
  return new CommandError(
    'bad-argument',
    `${option} takes two words: a name, and what it stands for`,
  );
}

/** The two words of such an option. */
export function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
