import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChild } from '../child-transport.ts';
import type { CarrierOptions, Transport } from '../transport.ts';
import { makePrivateFolder, type PrivateFolder } from './private-folder.ts';
import type { SshAddress } from './ssh-address.ts';
import { type SshSettings, sshArguments } from './ssh-arguments.ts';

/**
 * The task of an `ssh` process: the program to run, by default the daemon, and a socket to forward.
 */
export type SystemSshTask = Pick<SshSettings, 'words' | 'forward'>;

/**
 * Runs a program behind SSH by the system's `ssh` as a child process: the user's `~/.ssh/config`,
 * agent and `NIX_SSHOPTS` count as they do for Nix itself.
 */
export function openSystemSsh(
  address: SshAddress,
  options: CarrierOptions,
  task: SystemSshTask = {},
): Transport {
  const folder = pinnedKeyFolder(address);
  try {
    return openChild({
      program: 'ssh',
      arguments: sshArguments(address, {
        connectSeconds: options.connectSeconds,
        userOptions: options.environment['NIX_SSHOPTS'] ?? '',
        knownHostsFile: folder && fileIn(folder),
        ...task,
      }),
      environment: options.environment,
      onEnd: () => folder?.remove(),
    });
  } catch (error) {
    folder?.remove();
    throw error;
  }
}

// A pinned host key needs a file that holds only that key.
function pinnedKeyFolder(address: SshAddress): PrivateFolder | undefined {
  if (address.publicHostKey === undefined) return undefined;
  const folder = makePrivateFolder();
  writeFileSync(fileIn(folder), `${address.host} ${address.publicHostKey}\n`, { mode: 0o600 });
  return folder;
}

function fileIn({ path }: PrivateFolder): string {
  return join(path, 'known_hosts');
}
