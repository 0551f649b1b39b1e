import type { Command } from 'commander';

/**
 * Nix's `--arg name value` takes two words, and commander's options take one; so the two are made
 * one before it looks, for the options named here.
 */
export function takePairs(command: Command, options: readonly string[]): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => parse(joinPairs(argv, options));
}

function joinPairs(argv: readonly string[], options: readonly string[]): string[] {
  const [word, name, value, ...rest] = argv;
  if (word === undefined || word === '--') return [...argv];
  if (options.includes(word) && name !== undefined && value !== undefined) {
    return [`${word}=${name}=${value}`, ...joinPairs(rest, options)];
  }
  return [word, ...joinPairs(argv.slice(1), options)];
}

/** Such an option's two words. */
export function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
