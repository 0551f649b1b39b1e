import { openChild } from '../child-transport.ts';
import type { Transport } from '../transport.ts';
import { quoteForRemoteShell } from './shell-words.ts';
import type { SshAddress } from './ssh-address.ts';

/** What starts the daemon on the other side: words, quoted for the login shell there. */
export function remoteCommand(address: SshAddress): string[] {
  return daemonCommand(address).map(quoteForRemoteShell);
}

/** Whether an address is the bare word `localhost`: there Nix runs the daemon without SSH. */
export function isThisMachine({ host, user, port }: SshAddress): boolean {
  return host === 'localhost' && user === undefined && port === undefined;
}

/** The same daemon, here. */
export function runHere(address: SshAddress, environment: NodeJS.ProcessEnv): Transport {
  const [program = '', ...words] = daemonCommand(address);
  return openChild({ program, arguments: words, environment });
}

function daemonCommand({ remoteProgram, remoteStore }: SshAddress): string[] {
  return [
    ...remoteProgram,
    '--stdio',
    ...(remoteStore === undefined ? [] : ['--store', remoteStore]),
  ];
}
