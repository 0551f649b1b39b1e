import type { DerivationNode } from '@dispatch/graph/derivation-node';

/**
 * Whether only the hub's daemon can build a derivation, from its `.drv` file: it has paths that
 * only that daemon can know (content-addressed ones and what depends on them). A daemon that does
 * not trust us builds all derivations from their files.
 */
export function mustBuildFromDrv(node: DerivationNode, inputs: readonly DerivationNode[]): boolean {
  if (node.isDynamic || (node.kind !== 'input-addressed' && node.kind !== 'fixed')) return true;
  return inputs.some((input) => input.text.outputs.some((output) => output.path === ''));
}
