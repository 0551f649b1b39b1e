import type { ResolveWorld } from '@dispatch/engine/resolve/find-derivation';
import { openHub } from '../world/open-hub.ts';
import { openKnownLedger, type openUserLedger } from '../world/open-ledger.ts';
import type { StoreFlags } from './subject-flags.ts';

/** What is needed to find the derivation that a person names. */
export interface SubjectWorld extends ResolveWorld {
  /** Where the store's own `/` lies on this machine. */
  readonly root: string;
}

/** Opens the store and the ledger, and closes both when `use` has ended, however it ended. */
export async function withSubjectWorld<Result>(
  flags: StoreFlags,
  use: (world: SubjectWorld) => Promise<Result>,
  open: typeof openUserLedger = openKnownLedger,
): Promise<Result> {
  const { store: hub, source, root } = openHub(flags);
  try {
    const ledger = await open(flags);
    try {
      return await use({ hub, source, ledger, root });
    } finally {
      await ledger.close();
    }
  } finally {
    hub.close();
  }
}
