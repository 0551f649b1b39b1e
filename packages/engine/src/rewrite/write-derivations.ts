import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { printDerivationText } from '@dispatch/nix/aterm/print';
import { printContentAddress } from '@dispatch/nix/content-address';
import { narOfFile } from '@dispatch/nix/nar/nar-writer';
import type { StorePath } from '@dispatch/nix/store-path';
import {
  addMultipleToStore,
  type PathWithNar,
} from '@dispatch/protocol/operations/add-multiple-to-store';
import { nodeSha256 } from '../sha256.ts';

/**
 * Writes the changed derivations of a graph to the hub, so that `explain` and `check` can start
 * from a rewritten path, and the daemon itself can plan and build from them. It parses each and
 * recomputes its paths, so this checks us, too.
 */
export async function writeDerivations(
  hub: DaemonStore,
  graph: DerivationGraph,
  changed: Iterable<DerivationNode>,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = new Set<StorePath>();
  for (const node of changed) wanted.add(node.path);
  const valid = await hub.validPaths([...wanted], { signal });
  const missing = graph.nodes.filter((node) => wanted.has(node.path) && !valid.has(node.path));
  if (missing.length === 0) return;
  await hub.pool.withConnection(
    (connection) =>
      addMultipleToStore(
        connection,
        { items: asPaths(missing), count: missing.length, repair: false, dontCheckSigs: false },
        { signal },
      ),
    { signal },
  );
}

async function* asPaths(nodes: readonly DerivationNode[]): AsyncGenerator<readonly PathWithNar[]> {
  for (const node of nodes) yield [asPath(node)];
}

function asPath(node: DerivationNode): PathWithNar {
  const nar = narOfFile(printDerivationText(node.text));
  const { inputDrvs, inputSrcs } = node.text;
  const references = new Set([...inputSrcs, ...inputDrvs.map((input) => input.path)]);
  const hash = { algorithm: 'sha256', hex: node.contentHash } as const;
  return {
    info: {
      path: node.path,
      deriver: undefined,
      narHash: nodeSha256(nar),
      references: [...references].toSorted(),
      registrationTime: 0,
      narSize: nar.length,
      ultimate: false,
      signatures: [],
      contentAddress: printContentAddress({ method: 'text', hash }),
    },
    nar,
  };
}
