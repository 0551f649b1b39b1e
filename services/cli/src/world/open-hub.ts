import { DaemonStore } from '@dispatch/builders/daemon-store';
import type { DerivationSource } from '@dispatch/engine/read/derivation-source';
import { HubDerivations } from '@dispatch/engine/read/hub-derivations';
import { hubSettings } from './hub-settings.ts';
import { type NixSettings, readNixSettings } from './nix-conf.ts';
import { physicalRoot, remoteStore } from './physical-root.ts';

/** What the command line says of the store that the user reads results from. */
export interface HubOptions {
  /** A store URI; by default what the user's own Nix uses: nix.conf's `store`, NIX_REMOTE, or the local daemon. */
  readonly store?: string | undefined;
  /** Seconds until a daemon that does not answer counts as unreachable. */
  readonly connectTimeout?: number | undefined;
}

/** The store that results go to. The caller closes `store`. */
export interface Hub {
  readonly store: DaemonStore;
  readonly source: DerivationSource;
  /** Where the store's own `/` lies on this machine; empty unless it is a store in a folder. */
  readonly root: string;
}

/** Opens the hub, which connects only when it is used. Throws `bad-store-uri` and `bad-file`. */
export function openHub(options: HubOptions, environment: NodeJS.ProcessEnv = process.env): Hub {
  const settings = readNixSettings(environment);
  const uri = options.store ?? usualStore(settings, environment);
  const seconds = options.connectTimeout;
  const store = new DaemonStore(uri, {
    environment,
    settings: hubSettings(settings),
    ...(seconds === undefined ? {} : { connectSeconds: seconds }),
  });
  const root = physicalRoot(uri);
  return { store, source: new HubDerivations(store, root), root };
}

/** As with Nix, NIX_REMOTE counts where nix.conf names no store. */
function usualStore(settings: NixSettings, environment: NodeJS.ProcessEnv): string {
  return remoteStore(settings.text('store') ?? environment['NIX_REMOTE'] ?? '');
}
