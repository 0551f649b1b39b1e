import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { isStorePath, type StorePath, storeDirOf } from '@dispatch/nix/store-path';
import type { DaemonStore } from './daemon-store.ts';
import { BuildersError } from './errors.ts';
import type { RunRoots } from './run-roots.ts';

/**
 * Says what paths must be, from what is known apart from their source: for each the info that the
 * target is to register. A path that is not in the answer has nothing that vouches for it, and is not
 * copied: a builder is believed for the outputs of what it was given to build, and for nothing else.
 * `arrived` when the path, and all that it refers to, was brought to the target from a better source.
 */
export type Vouch = (claimed: readonly ValidPathInfo[]) => Promise<Vouchers>;

export type Vouchers = ReadonlyMap<StorePath, ValidPathInfo | 'arrived'>;

interface Search {
  readonly from: DaemonStore;
  readonly to: RunRoots;
  readonly paths: readonly StorePath[];
  readonly substitute?: boolean | undefined;
  readonly vouch?: Vouch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** More than any closure; a source that keeps naming new references ends here. */
const maximumPaths = 1_000_000;

/**
 * What the target lacks of the closure of some paths, with what is to be registered there. What it
 * has is valid with all its references, so the search goes no further below that.
 */
export async function findMissing(search: Search): Promise<Map<StorePath, ValidPathInfo>> {
  const missing = new Map<StorePath, ValidPathInfo>();
  const seen = new Set<StorePath>();
  for (let level = [...new Set(search.paths)]; level.length > 0; ) {
    for (const path of level) seen.add(path);
    if (seen.size > maximumPaths) throw endless(search.from);
    const infos = await describe(search, await lackingOf(search, level));
    for (const info of infos) missing.set(info.path, info);
    const references = infos.flatMap((info) => info.references);
    level = [...new Set(references)].filter((path) => !seen.has(path));
  }
  return missing;
}

/** Roots first and asks then; what is asked for afterwards cannot vanish in between. */
async function lackingOf(search: Search, level: readonly StorePath[]): Promise<StorePath[]> {
  const { to, signal, substitute = false } = search;
  const unknown = level.filter((path) => !to.isPresent(path));
  if (unknown.length === 0) return [];
  await to.add(unknown, signal);
  const valid = await to.store.validPaths(unknown, { substitute, signal });
  to.markPresent(valid);
  return unknown.filter((path) => !valid.has(path));
}

async function describe(search: Search, paths: readonly StorePath[]): Promise<ValidPathInfo[]> {
  if (paths.length === 0) return [];
  const { from, to, vouch, signal } = search;
  const known = await from.pathInfos(paths, { signal });
  const claimed = paths.map((path) => known.get(path) ?? lost(from, to.store, path));
  for (const info of claimed) checkReferences(from, info);
  if (vouch === undefined) return claimed;
  const vouchers = await vouch(claimed);
  const described = claimed.map((info) => {
    const voucher = vouchers.get(info.path);
    return voucher === 'arrived' ? undefined : vouchedFor(from, info, voucher);
  });
  return described.filter((info) => info !== undefined);
}

function checkReferences(from: DaemonStore, info: ValidPathInfo): void {
  const storeDir = storeDirOf(info.path);
  const references: readonly string[] = info.references;
  const stranger = references.find((path) => !isStorePath(path, storeDir));
  if (stranger === undefined) return;
  throw refused(from, info.path, `it refers to '${stranger}', which is not in '${storeDir}'`);
}

function vouchedFor(
  from: DaemonStore,
  claimed: ValidPathInfo,
  known: ValidPathInfo | undefined,
): ValidPathInfo {
  if (known === undefined) throw refused(from, claimed.path, 'nothing else vouches for it');
  if (known.narHash !== claimed.narHash) {
    const hashes = `has the hash sha256:${claimed.narHash} there, not sha256:${known.narHash}`;
    throw refused(from, claimed.path, `it ${hashes}`);
  }
  return known;
}

function refused(from: DaemonStore, path: StorePath, why: string): BuildersError {
  const text = `'${path}' is not copied from ${from.name}: ${why}`;
  return new BuildersError('copy-refused', text, { builder: from.name, path });
}

function lost(from: DaemonStore, to: DaemonStore, path: StorePath): never {
  const text = `${to.name} needs '${path}', and ${from.name} does not have it (any more)`;
  throw new BuildersError('missing-path', text, { builder: from.name, path });
}

function endless(from: DaemonStore): BuildersError {
  const text = `${from.name} names more than ${maximumPaths} paths in one closure`;
  return new BuildersError('copy-refused', text, { builder: from.name });
}
