import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { RunStores } from './run-stores.ts';

/**
 * Throws `other-attempt` where a builder has something else under the name of what members of a group
 * made. What an attempt that nobody finished left on a machine that was away since then is taken there
 * for what it lacks nothing of, and would be joined with what counts.
 */
export async function assertMembersAsMade(
  inputs: readonly StorePath[],
  store: DaemonStore,
  stores: RunStores,
  signal: AbortSignal,
): Promise<void> {
  const made = stores.madeByMembers(inputs);
  if (made.length === 0) return;
  const infos = [...(await store.pathInfos(made, { signal })).values()];
  const same = new Set(await stores.provenance.confirmed(infos));
  const other = infos.find(({ path }) => !same.has(path));
  if (other === undefined) return;
  throw new EngineError(
    'other-attempt',
    `${store.name} has another ${other.path} than the attempt made that counts, and so builds nothing ` +
      'of it: delete that there (nix-store --delete), or build again, which gives all members new paths',
  );
}
