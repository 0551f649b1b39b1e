import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChild } from '../child-transport.ts';
import type { CarrierOptions, Transport } from '../transport.ts';
import type { SshAddress } from './ssh-address.ts';
import { sshArguments } from './ssh-arguments.ts';

/**
 * A daemon behind SSH, by the system's `ssh` as a child process: the user's `~/.ssh/config`, agent
 * and `NIX_SSHOPTS` count as they do for Nix itself.
 */
export function openSystemSsh(address: SshAddress, options: CarrierOptions): Transport {
  const known = knownHosts(address);
  try {
    return openChild({
      program: 'ssh',
      arguments: sshArguments(address, {
        connectSeconds: options.connectSeconds,
        userOptions: options.environment['NIX_SSHOPTS'] ?? '',
        knownHostsFile: known?.file,
      }),
      environment: options.environment,
      onEnd: () => known?.remove(),
    });
  } catch (error) {
    known?.remove();
    throw error;
  }
}

interface KnownHosts {
  readonly file: string;
  readonly remove: () => void;
}

/** Folders of connections that are open; whoever leaves without closing them takes them along. */
const folders = new Set<string>();

// A pinned key gets a file with that key alone, in a folder that only we may read.
function knownHosts(address: SshAddress): KnownHosts | undefined {
  if (address.publicHostKey === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'dispatch-ssh-'));
  if (folders.size === 0) process.on('exit', removeAll);
  folders.add(folder);
  const file = join(folder, 'known_hosts');
  writeFileSync(file, `${address.host} ${address.publicHostKey}\n`, { mode: 0o600 });
  return { file, remove: () => remove(folder) };
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const folder of folders) remove(folder);
}
