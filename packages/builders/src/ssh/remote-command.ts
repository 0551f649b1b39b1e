import type { SshAddress } from '../store-address.ts';
import { quoteForRemoteShell } from './shell-words.ts';

/** What starts the daemon on the other side: words, quoted for the login shell there. */
export function remoteCommand(address: SshAddress): string[] {
  const store = address.remoteStore === undefined ? [] : ['--store', address.remoteStore];
  return [...address.remoteProgram, '--stdio', ...store].map(quoteForRemoteShell);
}
