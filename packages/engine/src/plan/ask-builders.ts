import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import { type GreetedBuilder, isUsable } from '../farm/farm-builder.ts';
import { answerLimit } from './answer-limit.ts';
import { type HeldOutputs, heldOutputs } from './held-outputs.ts';
import type { PlannedFarm } from './planned-farm.ts';

/**
 * What builders are asked for: outputs that a run may take from them, and inputs that it need not
 * bring there.
 */
export interface Question {
  readonly outputs: readonly StorePath[];
  readonly inputs: readonly StorePath[];
}

/** What one builder answered. */
export interface Asked {
  readonly builder: GreetedBuilder;
  /** The paths that lie there, whoever brought or made them. */
  readonly valid: ReadonlySet<StorePath>;
  /** The outputs that may be used; see `heldOutputs`. */
  readonly held: HeldOutputs;
}

/** Asks all builders at once. The hub, and a builder that cannot be used, hold nothing in these answers. */
export function askBuilders(
  { outputs, inputs }: Question,
  builders: readonly GreetedBuilder[],
  farm: PlannedFarm,
): Promise<Asked[]> {
  const { hub, roster, onEvent, signal } = farm;
  const paths = [...new Set([...outputs, ...inputs])];
  const ask = async (builder: GreetedBuilder, limit: AbortSignal): Promise<Asked> => {
    const valid = await builder.store.validPaths(paths, { signal: limit });
    const there = outputs.filter((path) => valid.has(path));
    return { builder, valid, held: await heldOutputs(builder.store, there, farm, limit) };
  };
  return Promise.all(
    builders.map(async (builder) => {
      if (!isUsable(builder) || builder.store === hub || outputs.length === 0)
        return nothingOf(builder);
      const limit = answerLimit(signal);
      try {
        return await ask(builder, limit);
      } catch (error) {
        signal.throwIfAborted();
        const fault = messageOf(error);
        if (limit.aborted) roster.lose(builder, fault);
        // A failure alone does not take it out of use: others may be building there.
        if (!(await roster.isAway(builder))) return nothingOf(builder);
        onEvent({ type: 'builder-unusable', builder: builder.machine.uri, reason: fault });
        return nothingOf({ ...builder, fault });
      }
    }),
  );
}

function nothingOf(builder: GreetedBuilder): Asked {
  return { builder, valid: new Set(), held: new Map() };
}
