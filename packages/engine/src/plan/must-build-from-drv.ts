import type { DerivationNode } from '@dispatch/graph/derivation-node';

/**
 * Derivations with paths that only the hub's daemon can know (content-addressed ones and what
 * depends on them) are built by it from their `.drv` files, as all are where a daemon does not trust us.
 */
export function mustBuildFromDrv(node: DerivationNode, inputs: readonly DerivationNode[]): boolean {
  if (node.isDynamic || (node.kind !== 'input-addressed' && node.kind !== 'fixed')) return true;
  return inputs.some((input) => input.text.outputs.some((output) => output.path === ''));
}
