import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { trustAdvice } from '@dispatch/builders/trust';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { RunStores } from './run-stores.ts';

/**
 * Throws `other-attempt` where a builder has, at an output path of a member, something else than
 * the attempt made that counts. A machine that was away may have remains of an unfinished attempt
 * there: nothing would be copied over them, and they would be joined with what counts.
 */
export async function assertMembersAsMade(
  inputs: readonly StorePath[],
  store: DaemonStore,
  stores: RunStores,
  signal: AbortSignal,
): Promise<void> {
  const made = stores.memberOutputs.among(inputs);
  if (made.length === 0) return;
  const infos = [...(await store.pathInfos(made, { signal })).values()];
  const same = new Set(await stores.provenance.confirmed(infos));
  const other = infos.find(({ path }) => !same.has(path));
  if (other === undefined) return;
  throw new EngineError(
    'other-attempt',
    `${store.name} has another result at ${other.path} than that of the attempt that counts, and so ` +
      'builds nothing from it: delete it there (nix-store --delete), or build again, which gives all ' +
      'members new paths',
  );
}

/**
 * Throws `group-refused` for a step that depends on members, on a builder that does not trust us:
 * it takes nothing unsigned from us, and would build the members itself, each without the others.
 */
export function assertNotOnMembers(
  { node }: PlannedStep,
  store: DaemonStore,
  { memberOutputs }: RunStores,
): void {
  if (!memberOutputs.areBelow(node.path)) return;
  throw new EngineError(
    'group-refused',
    `the daemon of ${store.name} does not trust us, and would itself build the members of groups that ` +
      `${node.name} depends on, each without the others: ${trustAdvice}`,
  );
}
