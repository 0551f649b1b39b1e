import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { messageOf } from '@dispatch/nix/message-of';

/** Why a store cannot be reached; undefined when it answers, or the caller gave up. */
export async function faultOfStore(
  store: DaemonStore,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await store.pool.mustAnswer(signal);
    return undefined;
  } catch (error) {
    return signal.aborted ? undefined : messageOf(error);
  }
}

/**
 * The same for a store with which something has just failed: where its pool knows the fault
 * already, the store is not called again.
 */
export async function faultOfSuspect(
  store: DaemonStore,
  signal: AbortSignal,
): Promise<string | undefined> {
  return store.pool.fault ?? faultOfStore(store, signal);
}
