import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { readNode } from '@dispatch/graph/derivation-node';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import { isDerivationPath, type StorePath } from '@dispatch/nix/store-path';
import { queryValidDerivers } from '@dispatch/protocol/operations/query-valid-derivers';
import type { DerivationSource } from '../read/derivation-source.ts';

/** Where the derivation of a path is looked up. */
export interface ResolveWorld {
  readonly hub: DaemonStore;
  readonly source: DerivationSource;
  readonly ledger: Ledger;
}

/** What is known of the derivation that a path is, or is an output of. */
export interface FoundDerivation {
  /** The `.drv` file in the hub that made this very path. */
  readonly drvPath: StorePath | undefined;
  /** What earlier runs know of the path, newest first. */
  readonly steps: readonly StepIdentity[];
  /** The deriver that the hub names, whether its file is there or not. */
  readonly deriver: StorePath | undefined;
  /** Whether the hub has the path. */
  readonly valid: boolean;
}

/** Finds the derivation of a `.drv` path or of an output, original or rewritten. */
export async function findDerivation(
  path: StorePath,
  { hub, source, ledger }: ResolveWorld,
): Promise<FoundDerivation> {
  const steps = await ledger.runs.stepsOfPath(path);
  if (isDerivationPath(path)) {
    const valid = (await hub.validPaths([path])).has(path);
    return { drvPath: valid ? path : undefined, steps, deriver: undefined, valid };
  }
  const info = await hub.pathInfo(path);
  const derivers = await hub.pool.withConnection((c) => queryValidDerivers(c, path));
  const deriver = info?.deriver;
  const candidates = new Set([
    ...(deriver === undefined ? [] : [deriver]),
    ...derivers.toSorted(),
    ...steps.map((step) => formOf(step, path)),
  ]);
  const drvPath = await firstThatMakes(path, [...candidates], hub, source);
  return { drvPath, steps, deriver, valid: info !== undefined };
}

/** The form of a step, original or rewritten, whose path or output this path is. */
function formOf(step: StepIdentity, path: StorePath): StorePath {
  return isOriginalPath(step, path) ? step.original : step.rewritten;
}

/** Whether a path of a step is one that Nix computed, before any serial. */
export function isOriginalPath(step: StepIdentity, path: StorePath): boolean {
  return path === step.original || step.outputs.some(({ original }) => original === path);
}

async function firstThatMakes(
  path: StorePath,
  candidates: readonly StorePath[],
  hub: DaemonStore,
  source: DerivationSource,
): Promise<StorePath | undefined> {
  const valid = await hub.validPaths(candidates);
  for (const candidate of candidates) {
    if (!valid.has(candidate)) continue;
    const [file] = await source.read([candidate]);
    if (file === undefined) continue;
    const node = readNode(file);
    // A store may name a wrong deriver; only for content-addressed outputs its word is all there is.
    const isKnown = node.kind === 'input-addressed' || node.kind === 'fixed';
    if (!isKnown || outputPathsOf(node).includes(path)) return candidate;
  }
  return undefined;
}
