import type { PoisonLedger } from '@dispatch/ledger/poison-ledger';
import { derivationName, pathName, type StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import { type LookUp, lookUpSerials } from '../look-up/look-up-serials.ts';
import { type GivenGraph, readGraph } from '../read/read-graph.ts';
import { isOriginalPath, type ResolveWorld } from '../resolve/find-derivation.ts';
import { findBuildClosure, type LostPath } from './build-closure.ts';
import type { CheckReport, PoisonedInput, UnprovenInput, Verdict } from './check-report.ts';
import { poisonedInputs } from './poisoned-inputs.ts';

/**
 * Checks whether anything that a path was built from has been poisoned since, build-time inputs
 * such as its compiler included. `word` is what the person wrote. Throws `missing-path`.
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
  const inGraph = poisonedInputs(graph, drvPaths, lookUp, ledger.variable);
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

/** Throws `missing-path` for a path that the hub lacks and no run recorded: it was mistyped, say. */
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

function unprovenIn({ original }: GivenGraph, { unproven }: LookUp): UnprovenInput[] {
  return [...unproven].map(([path, serial]) => {
    const name = original.graph.get(path)?.name ?? derivationName(path);
    return { original: path, name, serial };
  });
}

/** The lost paths that are original outputs of a poisoned derivation; the ledger knows them by path. */
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

/** The identity by which the ledger would know a lost path, if it is one that Nix computed. */
function originalIdentity({ path, deriver, steps }: LostPath) {
  const step = steps.find((one) => isOriginalPath(one, path));
  if (step === undefined) return { drvPath: deriver ?? path, outputPaths: [path] };
  const outputs = step.outputs.map(({ original }) => original);
  return { drvPath: step.original, outputPaths: outputs.filter((one) => one !== undefined) };
}
