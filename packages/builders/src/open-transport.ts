import { openDaemonProcess } from './daemon-process.ts';
import { openSsh } from './ssh-transport.ts';
import type { StoreAddress } from './store-address.ts';
import type { Transport, TransportOptions } from './transport.ts';
import { daemonSocketPath, openUnixSocket, socketExists } from './unix-transport.ts';

/** Opens the way to a daemon. Whether a daemon is at the other end, the handshake will tell. */
export async function openTransport(
  address: StoreAddress,
  options: TransportOptions,
): Promise<Transport> {
  if (address.kind === 'ssh') return openSsh(address, options);
  if (address.kind === 'unix') return openUnixSocket(address.socket, options);
  if (address.kind === 'local') return openDaemonProcess(address.store, options);
  const socket = daemonSocketPath(options.environment);
  // As Nix does for root where no daemon runs: the store itself is opened.
  if (address.kind === 'auto' && !socketExists(socket)) return openDaemonProcess('local', options);
  return openUnixSocket(socket, options);
}
