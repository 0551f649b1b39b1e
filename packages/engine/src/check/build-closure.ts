import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import { isDerivationPath, type StorePath } from '@dispatch/nix/store-path';
import { readClosure } from '../read/read-graph.ts';
import { findDerivation, type ResolveWorld } from '../resolve/find-derivation.ts';

/** Everything from which a path was built, as far as it can be found. */
export interface BuildClosure {
  /** Derivations in the hub; these and all that they depend on are the closure. */
  readonly drvPaths: readonly StorePath[];
  /** Paths that were built, but whose derivation is gone; their references were followed instead. */
  readonly lost: readonly LostPath[];
}

export interface LostPath {
  readonly path: StorePath;
  readonly deriver: StorePath | undefined;
  readonly steps: readonly StepIdentity[];
}

/**
 * Finds the derivations that a path was built from: by its deriver, and through sources of
 * derivations that were themselves built (a user's profile refers to its packages in this way).
 * Where a path's derivation is gone, or never was, its references are followed.
 */
export async function findBuildClosure(
  path: StorePath,
  world: ResolveWorld,
): Promise<BuildClosure> {
  const drvPaths = new Set<StorePath>();
  const lost: LostPath[] = [];
  const seen = new Set<StorePath>([path]);
  const readDrvs = new Set<StorePath>();
  for (let level = [path]; level.length > 0; ) {
    const next: StorePath[] = [];
    const made: StorePath[] = [];
    for (const one of level) {
      const found = await origin(one, world);
      if (found.drvPath === undefined) next.push(...found.references);
      else made.push(found.drvPath);
      if (found.lost !== undefined) lost.push(found.lost);
    }
    for (const drvPath of made) drvPaths.add(drvPath);
    next.push(...(await builtSources(made, readDrvs, world)));
    level = [...new Set(next)].filter((one) => !seen.has(one));
    for (const one of level) seen.add(one);
  }
  return { drvPaths: [...drvPaths], lost };
}

interface Origin {
  readonly drvPath: StorePath | undefined;
  readonly references: readonly StorePath[];
  readonly lost: LostPath | undefined;
}

async function origin(path: StorePath, world: ResolveWorld): Promise<Origin> {
  const { drvPath, deriver, steps } = await findDerivation(path, world);
  if (drvPath !== undefined) return { drvPath, references: [], lost: undefined };
  const info = await world.hub.pathInfo(path);
  const isUnmade =
    info !== undefined && deriver === undefined && steps.length === 0 && info.contentAddress !== '';
  const known = deriver ?? steps[0]?.rewritten;
  return {
    drvPath,
    references: info?.references ?? [],
    // A source is judged by its content and needs no derivation; what it refers to may have been
    // built.
    lost: isUnmade ? undefined : { path, deriver: known, steps },
  };
}

/** Sources of the derivations that were built, or refer to other paths; not plain files. */
async function builtSources(
  drvPaths: readonly StorePath[],
  readDrvs: Set<StorePath>,
  { hub, source }: ResolveWorld,
): Promise<StorePath[]> {
  const roots = drvPaths.filter((path) => !readDrvs.has(path));
  const nodes = roots.length === 0 ? [] : await readClosure(roots, source);
  const fresh = nodes.filter((node) => !readDrvs.has(node.path));
  for (const node of fresh) readDrvs.add(node.path);
  const infos = await hub.pathInfos(sourcesOf(fresh));
  return [...infos.values()]
    .filter(({ deriver, references }) => deriver !== undefined || references.length > 0)
    .map(({ path }) => path);
}

function sourcesOf(nodes: readonly DerivationNode[]): StorePath[] {
  const sources = nodes
    .filter((node) => node.kind !== 'fixed')
    .flatMap((node) => node.text.inputSrcs);
  return [...new Set(sources)].filter((path) => !isDerivationPath(path));
}
