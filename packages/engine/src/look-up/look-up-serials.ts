import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { outputPathsOf, shareSerials } from '@dispatch/graph/shared-serials';
import type { Unrewriting } from '@dispatch/graph/unrewrite-graph';
import type { Identity } from '@dispatch/ledger/identity';
import type { PoisonLedger } from '@dispatch/ledger/poison-ledger';
import type { Standing } from '@dispatch/ledger/standing';
import type { StorePath } from '@dispatch/nix/store-path';

/** Which derivations of a graph are poisoned. All paths are originals. */
export interface LookUp {
  /** Effective serials, all above zero. */
  readonly serials: ReadonlyMap<StorePath, number>;
  /** What the ledger says of each derivation that it knows anything of. */
  readonly standings: ReadonlyMap<StorePath, Standing>;
  /** Serials that a derivation brought with it and that the ledger has never heard of. */
  readonly unproven: ReadonlyMap<StorePath, number>;
}

/** Looks up every derivation that could be poisoned, all in one snapshot of the ledger. */
export async function lookUpSerials(original: Unrewriting, ledger: PoisonLedger): Promise<LookUp> {
  const nodes = original.graph.nodes.filter(canBePoisoned);
  const found = await ledger.lookup(nodes.map(identityOf));
  const standings = new Map<StorePath, Standing>();
  const unproven = new Map<StorePath, number>();
  const poisoned: [node: DerivationNode, serial: number][] = [];
  for (const [index, node] of nodes.entries()) {
    const standing = found[index];
    if (standing === undefined) continue;
    if (standing.record !== undefined) standings.set(node.path, standing);
    const carried = original.carried.get(node.path) ?? 0;
    const isUnproven = carried > standing.knownEpoch;
    if (isUnproven) unproven.set(node.path, carried);
    const serial = isUnproven ? carried : standing.serial;
    if (serial > 0) poisoned.push([node, serial]);
  }
  // The ledger itself gives a serial to all that share a path; for a carried one that it does not
  // know, that is done here.
  return { serials: shareSerials(original.graph, poisoned), standings, unproven };
}

/** The original paths by which the ledger knows a derivation. */
export function identityOf(node: DerivationNode): Identity {
  return { drvPath: node.path, outputPaths: outputPathsOf(node) };
}

/**
 * Whether a serial would change the derivation. Records of others are passed over: they must not be
 * able to stop a build.
 */
function canBePoisoned(node: DerivationNode): boolean {
  return node.kind !== 'fixed' && node.kind !== 'impure';
}
