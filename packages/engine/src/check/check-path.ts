import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { carriedSerial } from '@dispatch/graph/serial-variable';
import type { PoisonLedger } from '@dispatch/ledger/poison-ledger';
import { derivationName, pathName, type StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import { shortestChains } from '../explain/shortest-chains.ts';
import { type LookUp, lookUpSerials } from '../look-up/look-up-serials.ts';
import { type GivenGraph, readGraph } from '../read/read-graph.ts';
import { isOriginalPath, type ResolveWorld } from '../resolve/find-derivation.ts';
import { findBuildClosure, type LostPath } from './build-closure.ts';
import type { CheckReport, PoisonedInput, UnprovenInput, Verdict } from './check-report.ts';

/**
 * Whether anything from which a path was built has been poisoned since; also what is not in the
 * result, such as its compiler. `word` is what the person wrote. Throws `missing-path`.
 */
export async function checkPath(
  word: string,
  path: StorePath,
  world: ResolveWorld,
): Promise<CheckReport> {
  const { drvPaths, lost } = await findBuildClosure(path, world);
  await assertKnown(path, lost, world);
  const { ledger } = world;
  const graph = await readGraph(drvPaths, world.source, ledger.variable);
  const lookUp = await lookUpSerials(graph.original, ledger.poison);
  const inGraph = poisonedIn(graph, drvPaths, lookUp, ledger.variable);
  const byPath = await poisonedLost(lost, ledger.poison);
  const poisoned = [...inGraph, ...byPath];
  return {
    word,
    path,
    verdict: verdictOf(poisoned, lost),
    derivations: graph.given.nodes.length,
    poisoned,
    unproven: unprovenIn(graph, lookUp),
    unchecked: lost.map(({ path: at, deriver }) => ({ path: at, deriver })),
  };
}

function verdictOf(poisoned: readonly PoisonedInput[], unchecked: readonly LostPath[]): Verdict {
  if (poisoned.length > 0) return 'poisoned';
  return unchecked.length > 0 ? 'unknown' : 'valid';
}

/** A path that nobody has, and of which nobody knows anything, was mistyped. */
async function assertKnown(
  path: StorePath,
  lost: readonly LostPath[],
  { hub }: ResolveWorld,
): Promise<void> {
  const itself = lost.find((one) => one.path === path);
  if (itself === undefined || itself.steps.length > 0) return;
  if ((await hub.validPaths([path])).has(path)) return;
  throw new EngineError(
    'missing-path',
    `${hub.name} does not have ${path}, and no run recorded it; was it collected as garbage?`,
  );
}

/**
 * Derivations in a form whose serial is below the one that counts now. What is poisoned below a
 * fixed-output derivation does not get through it.
 */
function poisonedIn(
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

function unprovenIn({ original }: GivenGraph, { unproven }: LookUp): UnprovenInput[] {
  return [...unproven].map(([path, serial]) => {
    const name = original.graph.get(path)?.name ?? derivationName(path);
    return { original: path, name, serial };
  });
}

/** Paths that are themselves original outputs of what is poisoned: no derivation is needed to tell. */
async function poisonedLost(
  lost: readonly LostPath[],
  ledger: PoisonLedger,
): Promise<PoisonedInput[]> {
  const standings = await ledger.lookup(lost.map(originalIdentity));
  return lost.flatMap(({ path }, index) => {
    const standing = standings[index];
    if (standing === undefined || standing.serial === 0) return [];
    const record = standing.record;
    const name = record === undefined ? pathName(path) : derivationName(record.identity.drvPath);
    const original = record?.identity.drvPath ?? path;
    const chain = [{ name: pathName(path), path }];
    return { original, name, carried: 0, serial: standing.serial, record, chain };
  });
}

/** The paths by which the ledger would know a lost path, if it is one that Nix computed. */
function originalIdentity({ path, deriver, steps }: LostPath) {
  const step = steps.find((one) => isOriginalPath(one, path));
  if (step === undefined) return { drvPath: deriver ?? path, outputPaths: [path] };
  const outputs = step.outputs.map(({ original }) => original);
  return { drvPath: step.original, outputPaths: outputs.filter((one) => one !== undefined) };
}
