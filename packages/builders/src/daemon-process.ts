import { openChild } from './child-transport.ts';
import type { Transport, TransportOptions } from './transport.ts';

/** A daemon of our own that opens a store on this machine: `local`, `local?root=/srv/farm`. */
export function openDaemonProcess(store: string, options: TransportOptions): Transport {
  return openChild({
    program: 'nix-daemon',
    arguments: ['--stdio'],
    environment: { ...options.environment, NIX_REMOTE: store },
  });
}
