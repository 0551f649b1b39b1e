import type { Command } from 'commander';

/**
 * Lets the options named here take two words, like Nix's `--arg name value`: commander's options take
 * one, so the two are joined before it parses them.
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
    const isPair = options.includes(word) && name !== undefined && value !== undefined;
    joined.push(isPair ? `${word}=${name}=${value}` : word);
    if (isPair) at += 2;
  }
  return joined;
}

/** The two words of such an option. */
export function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
