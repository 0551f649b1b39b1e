import { buildRequirements } from '@dispatch/graph/build-requirements';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { Runs } from '@dispatch/ledger/runs';
import type { StorePath } from '@dispatch/nix/store-path';

/**
 * Milliseconds that derivations took when they were last built; undefined where no run remembers.
 * They are looked up by original paths, since a serial changes nothing about that.
 */
export function lastDurations(
  nodes: readonly DerivationNode[],
  originalOf: (path: StorePath) => StorePath,
  runs: Runs,
): Promise<readonly (number | undefined)[]> {
  return runs.lastDurations(
    nodes.map((node) => ({
      drvPath: originalOf(node.path),
      name: node.name,
      system: buildRequirements(node).system,
    })),
  );
}
