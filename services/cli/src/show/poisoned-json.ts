import type { PoisonedDerivation } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';

/** A poisoned derivation for programs, in a plan and in what came of a run. */
export interface PoisonedJson {
  readonly original: StorePath;
  readonly drvPath: StorePath;
  readonly serial: number;
  readonly reason: string | null;
  readonly author: string | null;
}

/** What events say of a poisoned derivation, with null for what they do not say. */
export function poisonedJson(poisoned: PoisonedDerivation): PoisonedJson {
  const { original, rewritten, serial, reason = null, author = null } = poisoned;
  return { original, drvPath: rewritten, serial, reason, author };
}
