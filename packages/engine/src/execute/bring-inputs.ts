import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import type { Attempt } from './attempt.ts';
import { bringToStranger } from './bring-to-stranger.ts';
import type { RunStores } from './run-stores.ts';
import { Sources } from './sources.ts';

/** The part of an attempt that bringing its inputs needs. */
type InputsOf = Pick<Attempt, 'step' | 'store' | 'isAway' | 'signal'>;

/**
 * Makes all that a step reads valid on its builder. When a source fails, which says nothing about
 * the builder, its paths are taken from elsewhere. Where nobody else has them, they must be built
 * again first: returns the reason then, and otherwise undefined. Throws what the builder or the hub
 * is to blame for.
 */
export async function bringInputs(
  attempt: InputsOf,
  inputs: readonly StorePath[],
  isStranger: boolean,
  stores: RunStores,
): Promise<string | undefined> {
  const { step, store, signal } = attempt;
  const { path } = step.node;
  const sources = new Sources({ ...attempt, inputs, stores });
  for (;;) {
    try {
      if (isStranger) await bringToStranger(path, inputs, store, stores, signal);
      else await stores.bring(inputs, store, { step: path, signal });
      return undefined;
    } catch (error) {
      if (signal.aborted || !(await sources.canDoWithout(error))) throw error;
      if (stores.lacksInputOf(step)) return messageOf(error);
    }
  }
}
