import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { queryDerivationOutputMap } from '@dispatch/protocol/operations/query-derivation-output-map';
import type { ReportedRoot } from '../plan/wanted-roots.ts';

/**
 * Adds the paths of content-addressed outputs, which are known only once they are built. The hub's
 * daemon built them, and knows where they are.
 */
export function findOutputPaths(
  roots: readonly ReportedRoot[],
  hub: DaemonStore,
): Promise<ReportedRoot[]> {
  return Promise.all(
    roots.map(async (root) => {
      if (root.paths.length === root.outputs.length) return root;
      const found = await hub.pool.withConnection((connection) =>
        queryDerivationOutputMap(connection, root.path),
      );
      const paths = root.outputs.flatMap((output) => {
        const path = found.get(output);
        return path === undefined ? [] : [{ output, path }];
      });
      return { ...root, paths };
    }),
  );
}
