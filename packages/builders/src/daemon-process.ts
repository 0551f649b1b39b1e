import { openChild } from './child-transport.ts';
import type { Transport } from './transport.ts';

/** A daemon of our own that opens a store on this machine: `local`, `local?root=/srv/farm`. */
export function openDaemonProcess(store: string, environment: NodeJS.ProcessEnv): Transport {
  return openChild({
    program: 'nix-daemon',
    arguments: ['--stdio'],
    environment: { ...environment, NIX_REMOTE: store },
  });
}
