import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChild } from '../child-transport.ts';
import type { CarrierOptions, Transport } from '../transport.ts';
import { makePrivateFolder, type PrivateFolder } from './private-folder.ts';
import type { SshAddress } from './ssh-address.ts';
import { type SocketForward, sshArguments } from './ssh-arguments.ts';

/**
 * A daemon behind SSH, by the system's `ssh` as a child process: the user's `~/.ssh/config`, agent
 * and `NIX_SSHOPTS` count as they do for Nix itself. With `forward` connections to a socket over
 * there come to one of ours as well.
 */
export function openSystemSsh(
  address: SshAddress,
  options: CarrierOptions,
  forward?: SocketForward,
): Transport {
  const folder = pinnedKeyFolder(address);
  try {
    return openChild({
      program: 'ssh',
      arguments: sshArguments(address, {
        connectSeconds: options.connectSeconds,
        userOptions: options.environment['NIX_SSHOPTS'] ?? '',
        knownHostsFile: folder && fileIn(folder),
        forward,
      }),
      environment: options.environment,
      onEnd: () => folder?.remove(),
    });
  } catch (error) {
    folder?.remove();
    throw error;
  }
}

// A pinned key gets a file with that key alone.
function pinnedKeyFolder(address: SshAddress): PrivateFolder | undefined {
  if (address.publicHostKey === undefined) return undefined;
  const folder = makePrivateFolder();
  writeFileSync(fileIn(folder), `${address.host} ${address.publicHostKey}\n`, { mode: 0o600 });
  return folder;
}

function fileIn({ path }: PrivateFolder): string {
  return join(path, 'known_hosts');
}
