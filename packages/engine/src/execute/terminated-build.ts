import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { BuildResult } from '@dispatch/nix/build-result';
import { faultOfStore } from './fault-of-store.ts';

/** Nix's words for a build that SIGTERM or SIGKILL ended, directly or below a shell. */
const endedBySignal = /exit code (143|137)\b|due to signal (15|9)\b/;

/** A machine that shuts down is gone so many milliseconds after it has told its builds to end. */
const shutdownMs = 1000;

/**
 * Why the machine is to blame for a failed build: a signal ended the build, and the machine was
 * gone right after, as when it shuts down or its daemon is stopped. Undefined for a build that
 * failed by itself, whatever signal it ended with.
 */
export async function shutdownFault(
  { status, errorMessage }: BuildResult,
  store: DaemonStore,
  signal: AbortSignal,
): Promise<string | undefined> {
  const mayBe = status === 'PermanentFailure' || status === 'TransientFailure';
  if (!mayBe || !endedBySignal.test(errorMessage)) return undefined;
  await delay(shutdownMs, undefined, { signal }).catch(() => {});
  const fault = await faultOfStore(store, signal);
  return fault === undefined ? undefined : `its machine went down under it: ${fault}`;
}
