import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { EngineError } from '../errors.ts';
import type { FarmBuilder } from '../farm/farm-builder.ts';

/**
 * Throws `hub-not-trusted` where the hub's daemon would refuse what builders made, which no
 * signature proves. Asked before anything is built, rather than when hours of work cannot be
 * brought home.
 */
export async function assertHubTakesResults(
  hub: DaemonStore,
  builders: readonly FarmBuilder[],
  signal: AbortSignal,
): Promise<void> {
  if (builders.every((builder) => builder.store === hub)) return;
  const { trust } = await hub.facts({ signal });
  if (trust !== 'not-trusted') return;
  const name = ['auto', 'daemon'].includes(hub.name) ? 'the local Nix daemon' : hub.name;
  throw new EngineError(
    'hub-not-trusted',
    `${name} does not trust this user, and would refuse what other machines build; add the line ` +
      `'trusted-users = root ${process.env['USER'] ?? 'YOUR-NAME'}' to /etc/nix/nix.conf and restart ` +
      'nix-daemon, or build on this machine alone',
  );
}
