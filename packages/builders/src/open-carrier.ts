import { openChild } from './child-transport.ts';
import { openDaemonProcess } from './daemon-process.ts';
import { listenHere } from './sockets/listen-here.ts';
import { SshCarrier } from './ssh/ssh-carrier.ts';
import type { StoreAddress } from './store-address.ts';
import type { Carrier, CarrierOptions, Transport } from './transport.ts';
import { daemonSocketPath, openUnixSocket, socketExists } from './unix-transport.ts';

/** Makes the carrier for an address. Nothing is connected until it is used. */
export function openCarrier(address: StoreAddress, options: CarrierOptions): Carrier {
  if (address.kind === 'ssh') return new SshCarrier(address, options);
  const closing = new AbortController();
  return {
    open: async (signal) => openHere(address, options.environment, signal),
    run: async ([program = '', ...words]) =>
      openChild({ program, arguments: words, environment: options.environment }),
    listen: ({ path, onConnection }) => listenHere({ path, onConnection, closing: closing.signal }),
    close: () => closing.abort(new Error('the connections were closed')),
  };
}

/** Opens a connection to a daemon on this machine. */
async function openHere(
  address: Exclude<StoreAddress, { kind: 'ssh' }>,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Transport> {
  if (address.kind === 'unix') return openUnixSocket(address.socket, signal);
  if (address.kind === 'local') return openDaemonProcess(address.store, environment);
  const socket = daemonSocketPath(environment);
  // Where no daemon runs, the store itself is opened, as Nix does for root.
  if (address.kind === 'auto' && !socketExists(socket))
    return openDaemonProcess('local', environment);
  return openUnixSocket(socket, signal);
}
