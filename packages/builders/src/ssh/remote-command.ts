import { openChild } from '../child-transport.ts';
import type { Transport } from '../transport.ts';
import { quoteForRemoteShell } from './shell-words.ts';
import type { SshAddress } from './ssh-address.ts';

/** Quotes a program and its arguments for the login shell on the other side. */
export function remoteCommand(words: readonly string[]): string[] {
  return words.map(quoteForRemoteShell);
}

/** Whether an address is the bare word `localhost`: there Nix runs the daemon without SSH. */
export function isThisMachine({ host, user, port }: SshAddress): boolean {
  return host === 'localhost' && user === undefined && port === undefined;
}

/** Runs the program on this machine. */
export function runHere(words: readonly string[], environment: NodeJS.ProcessEnv): Transport {
  const [program = '', ...rest] = words;
  return openChild({ program, arguments: rest, environment });
}

/** The words that start the daemon of an address. */
export function daemonCommand({ remoteProgram, remoteStore }: SshAddress): string[] {
  return [
    ...remoteProgram,
    '--stdio',
    ...(remoteStore === undefined ? [] : ['--store', remoteStore]),
  ];
}
