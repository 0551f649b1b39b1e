import { pathInfoForCopy, type ValidPathInfo } from '@dispatch/nix/path-info';
import {
  addMultipleToStore,
  type PathWithNar,
} from '@dispatch/protocol/operations/add-multiple-to-store';
import type { CopyTally } from './copy-progress.ts';
import type { DaemonStore } from './daemon-store.ts';
import { BuildersError, codeOf, messageOf } from './errors.ts';
import { NarSupply } from './nar-supply.ts';
import type { RunRoots } from './run-roots.ts';

interface Sending {
  readonly from: DaemonStore;
  readonly to: RunRoots;
  /** Counts what is passed on, where somebody wants to know. */
  readonly tally: CopyTally | undefined;
}

/** Streams paths, references first, from one store into another over one connection to that. */
export async function sendBatch(
  sending: Sending,
  infos: readonly ValidPathInfo[],
  signal: AbortSignal,
): Promise<void> {
  const supply = new NarSupply(sending.from, infos, signal);
  const items = withProgress(supply, sending);
  const request = { items, count: infos.length, repair: false, dontCheckSigs: true };
  try {
    await sending.to.store.pool.withConnection(
      (connection) => addMultipleToStore(connection, request, { signal }),
      { signal },
    );
  } catch (error) {
    await supply.close();
    // A failure of the source reaches us through the target's connection, too.
    throw copyError(sending, supply.failure ?? error, signal);
  } finally {
    await supply.close();
  }
}

async function* withProgress(supply: NarSupply, { tally }: Sending): AsyncGenerator<PathWithNar> {
  for await (const { info, nar } of supply.inOrder()) {
    yield { info: pathInfoForCopy(info), nar: tally?.counting(info, nar) ?? nar };
  }
}

function copyError({ from, to }: Sending, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new BuildersError('cancelled', 'the copy was cancelled', { cause: error });
  if (error instanceof BuildersError) return error;
  if (codeOf(error) !== 'daemon-error') return error;
  const between = `copying from ${from.name} to ${to.store.name}`;
  const text = `${between}: ${messageOf(error)}`;
  if (/lacks a (valid )?signature|privileged|trusted-users/.test(messageOf(error))) {
    return notTrusted(to.store, text, error);
  }
  return new BuildersError('daemon-refused', text, { builder: to.store.name, cause: error });
}

function notTrusted(to: DaemonStore, text: string, cause: unknown): BuildersError {
  const advice = `add your user to trusted-users in the nix.conf of ${to.name} and restart its daemon`;
  return new BuildersError('not-trusted', `${text}; ${advice}`, { builder: to.name, cause });
}
