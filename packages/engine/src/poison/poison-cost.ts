import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { identitiesOf } from '@dispatch/graph/shared-serials';
import { type Identity, identityPaths } from '@dispatch/ledger/identity';
import type { PoisonLedger } from '@dispatch/ledger/poison-ledger';
import type { Runs } from '@dispatch/ledger/runs';
import type { StorePath } from '@dispatch/nix/store-path';
import { lastDurations } from '../look-up/last-durations.ts';
import { type LookUp, lookUpSerials } from '../look-up/look-up-serials.ts';
import type { DerivationSource } from '../read/derivation-source.ts';
import { readGraph } from '../read/read-graph.ts';
import { rewriteRoots } from '../rewrite/rewrite-roots.ts';

/** A serial that a derivation, named by its original paths, is going to get. */
export interface ComingSerial {
  readonly identity: Identity;
  readonly serial: number;
}

/** A derivation that has to be built again. */
export interface AffectedDerivation {
  readonly original: StorePath;
  readonly name: string;
  readonly outputs: number;
  /** How long it took when it was last built; undefined when no run here built it. */
  readonly lastMs: number | undefined;
}

/** What new serials cost within some roots. */
export interface PoisonCost {
  /** Inputs first. */
  readonly derivations: readonly AffectedDerivation[];
  /** Outputs of all of them. */
  readonly outputs: number;
  /** Milliseconds that they took when last built, together, as far as known. */
  readonly lastMs: number;
  /** How many of them have no known time. */
  readonly untimed: number;
}

/** What the cost is worked out from. */
export interface CostWorld {
  readonly source: DerivationSource;
  readonly ledger: {
    readonly poison: PoisonLedger;
    readonly runs: Runs;
    readonly variable: string;
  };
}

/**
 * Rewrites the roots once as they are built now and once with the coming serials, and compares.
 * Fixed-output derivations keep their outputs, and are not among what is built again.
 */
export async function poisonCost(
  coming: readonly ComingSerial[],
  roots: readonly StorePath[],
  { source, ledger }: CostWorld,
): Promise<PoisonCost> {
  const given = await readGraph(roots, source, ledger.variable);
  const now = await lookUpSerials(given.original, ledger.poison);
  const nodes = given.original.graph.nodes;
  const before = rewriteRoots(given, now, ledger.variable);
  const after = rewriteRoots(given, withComing(now, coming, nodes), ledger.variable);
  const affected = nodes.filter(
    (node) =>
      node.kind !== 'fixed' && before.formsOf(node.path).join() !== after.formsOf(node.path).join(),
  );
  const durations = await lastDurations(affected, (path) => path, ledger.runs);
  return summary(affected, durations);
}

/** The serials as they will be for the given derivations and all that share a path with them. */
function withComing(
  now: LookUp,
  coming: readonly ComingSerial[],
  nodes: readonly DerivationNode[],
): LookUp {
  const byPath = new Map<string, number>();
  for (const { identity, serial } of coming) {
    for (const path of identityPaths(identity)) byPath.set(path, serial);
  }
  const serials = new Map(now.serials);
  for (const node of nodes) {
    const found = identitiesOf(node).flatMap((path) => byPath.get(path) ?? []);
    const isPassedOver = node.kind === 'fixed' || node.kind === 'impure';
    if (found.length > 0 && !isPassedOver) serials.set(node.path, Math.max(...found));
  }
  return { ...now, serials };
}

function summary(
  nodes: readonly DerivationNode[],
  durations: readonly (number | undefined)[],
): PoisonCost {
  const derivations = nodes.map((node, index) => ({
    original: node.path,
    name: node.name,
    outputs: node.text.outputs.length,
    lastMs: durations[index],
  }));
  const timed = derivations.map(({ lastMs }) => lastMs).filter((ms) => ms !== undefined);
  return {
    derivations,
    outputs: derivations.reduce((sum, { outputs }) => sum + outputs, 0),
    lastMs: timed.reduce((sum, ms) => sum + ms, 0),
    untimed: derivations.length - timed.length,
  };
}
