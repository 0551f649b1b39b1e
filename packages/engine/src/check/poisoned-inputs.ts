import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { carriedSerial } from '@dispatch/graph/serial-variable';
import type { StorePath } from '@dispatch/nix/store-path';
import { shortestChains } from '../explain/shortest-chains.ts';
import type { LookUp } from '../look-up/look-up-serials.ts';
import type { GivenGraph } from '../read/read-graph.ts';
import type { PoisonedInput } from './check-report.ts';

/**
 * The derivations whose form has a serial below the one that counts now. Nothing below a
 * fixed-output derivation is looked at, since poison does not pass through it.
 */
export function poisonedInputs(
  { given, original }: GivenGraph,
  roots: readonly StorePath[],
  { standings }: LookUp,
  variable: string,
): PoisonedInput[] {
  const originalOf = (node: DerivationNode): StorePath =>
    original.originals.get(node.path) ?? node.path;
  const serialOf = (node: DerivationNode): number => standings.get(originalOf(node))?.serial ?? 0;
  const carriedBy = (node: DerivationNode): number => carriedSerial(node, variable) ?? 0;
  const chains = shortestChains(
    given,
    roots,
    (node) => serialOf(node) > carriedBy(node),
    (node) => node.kind !== 'fixed',
  );
  return chains.flatMap((chain) => {
    const node = chain.at(-1);
    if (node === undefined) return [];
    return {
      original: originalOf(node),
      name: node.name,
      carried: carriedBy(node),
      serial: serialOf(node),
      record: standings.get(originalOf(node))?.record,
      chain: chain.map(({ name, path }) => ({ name, path })),
    };
  });
}
