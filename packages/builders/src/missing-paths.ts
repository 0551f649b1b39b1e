import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { isStorePath, type StorePath, storeDirOf } from '@dispatch/nix/store-path';
import type { DaemonStore } from './daemon-store.ts';
import { BuildersError } from './errors.ts';
import type { RunRoots } from './run-roots.ts';
import type { Semaphore } from './semaphore.ts';

/**
 * Checks what a source claims of paths, from what is known independently of it. Returns for each
 * path the info to register in the target; a path without one has nobody to vouch for it and is not
 * copied: a builder is believed for the outputs of the builds that it was given, and for nothing
 * else. `arrived` says that the path, with its closure, has reached the target from a better
 * source.
 */
export type Vouch = (claimed: readonly ValidPathInfo[]) => Promise<Vouchers>;

export type Vouchers = ReadonlyMap<StorePath, ValidPathInfo | 'arrived'>;

/** Whether the target may substitute a path, with all that it refers to. */
export type MaySubstitute = (path: StorePath) => boolean;

interface Search {
  readonly from: DaemonStore;
  readonly to: RunRoots;
  readonly paths: readonly StorePath[];
  readonly maySubstitute?: MaySubstitute | undefined;
  readonly vouch?: Vouch | undefined;
  /** Held while asking the source, so that one question is asked at a time. */
  readonly sourceTurns: Semaphore;
  readonly signal?: AbortSignal | undefined;
}

/** More than any real closure: it stops a source that keeps naming new references. */
const maximumPaths = 1_000_000;

/** Paths in one question: few in the first, so that the target soon has something to receive. */
const firstPaths = 256;
const mostPaths = 4096;

/** The outcome for some paths of a closure. */
export interface Found {
  /** The paths that the target lacks, with the info to register there. */
  readonly missing: readonly ValidPathInfo[];
  /** The paths that the target has, with all that they refer to. */
  readonly present: readonly StorePath[];
}

/**
 * Finds what the target lacks of the closure of some paths. A path that it has is valid with all
 * its references, so the search does not go below that. Yields piece by piece, few paths first, so
 * that sending can begin meanwhile. While the source is asked about some paths, the target is asked
 * about the next.
 */
export async function* findMissing(search: Search): AsyncGenerator<Found> {
  const closure = new ClosureWalk(search);
  let asked = lookAhead(search, closure.next());
  while (asked !== undefined) {
    const { lacking, present } = await asked;
    asked = lookAhead(search, closure.next());
    const { missing, arrived } = await describe(search, lacking);
    closure.add(missing.flatMap((info) => info.references));
    asked ??= lookAhead(search, closure.next());
    yield { missing, present: [...present, ...arrived] };
  }
}

/** The queue of paths to ask about, each once. */
class ClosureWalk {
  readonly #from: DaemonStore;
  readonly #seen = new Set<StorePath>();
  #waiting: StorePath[] = [];
  #atOnce = firstPaths;

  constructor({ from, paths }: Search) {
    this.#from = from;
    this.add(paths);
  }

  add(paths: readonly StorePath[]): void {
    for (const path of paths) {
      if (this.#seen.has(path)) continue;
      this.#seen.add(path);
      this.#waiting.push(path);
    }
    if (this.#seen.size > maximumPaths) throw endless(this.#from);
  }

  /**
   * The next paths to ask about, twice as many each time: a question costs a round trip, however
   * many paths it names.
   */
  next(): StorePath[] {
    const paths = this.#waiting.slice(0, this.#atOnce);
    this.#waiting = this.#waiting.slice(this.#atOnce);
    this.#atOnce = Math.min(2 * this.#atOnce, mostPaths);
    return paths;
  }
}

interface Looked {
  readonly lacking: readonly StorePath[];
  readonly present: readonly StorePath[];
}

/** Asks in advance. A failure is seen when the answer is awaited, and otherwise ignored. */
function lookAhead(search: Search, paths: readonly StorePath[]): Promise<Looked> | undefined {
  if (paths.length === 0) return undefined;
  const looked = lookFor(search, paths);
  looked.catch(() => {});
  return looked;
}

/** Roots paths first and asks then which are valid, so that none is collected in between. */
async function lookFor(search: Search, paths: readonly StorePath[]): Promise<Looked> {
  const { to, signal, maySubstitute = never } = search;
  const unknown = paths.filter((path) => !to.isPresent(path));
  const valid = await Promise.all([
    fetched(search, unknown.filter(maySubstitute)),
    to.hold(
      unknown.filter((path) => !maySubstitute(path)),
      signal,
    ),
  ]);
  const lacking = new Set(unknown.filter((path) => !valid.some((some) => some.has(path))));
  return { lacking: [...lacking], present: paths.filter((path) => !lacking.has(path)) };
}

const never: MaySubstitute = () => false;

/**
 * Lets the target substitute the paths. Not on the connection that holds the roots: it may take
 * hours, and others wait to root theirs.
 */
async function fetched(
  { to, signal }: Search,
  paths: readonly StorePath[],
): Promise<ReadonlySet<StorePath>> {
  if (paths.length === 0) return new Set();
  await to.add(paths, signal);
  const valid = await to.store.validPaths(paths, { substitute: true, signal });
  to.markPresent(valid);
  return valid;
}

interface Described {
  readonly missing: readonly ValidPathInfo[];
  readonly arrived: readonly StorePath[];
}

async function describe(search: Search, paths: readonly StorePath[]): Promise<Described> {
  if (paths.length === 0) return { missing: [], arrived: [] };
  const { from, to, vouch } = search;
  const known = await infosOf(search, paths);
  const claimed = paths.map((path) => known.get(path) ?? lost(from, to.store, path));
  for (const info of claimed) checkReferences(from, info);
  if (vouch === undefined) return { missing: claimed, arrived: [] };
  const vouchers = await vouch(claimed);
  const missing: ValidPathInfo[] = [];
  const arrived: StorePath[] = [];
  for (const info of claimed) {
    const voucher = vouchers.get(info.path);
    if (voucher === 'arrived') arrived.push(info.path);
    else missing.push(vouchedFor(from, info, voucher));
  }
  return { missing, arrived };
}

async function infosOf(
  { from, sourceTurns, signal }: Search,
  paths: readonly StorePath[],
): Promise<ReadonlyMap<StorePath, ValidPathInfo>> {
  const release = await sourceTurns.acquire(1, signal);
  try {
    return await from.pathInfos(paths, { signal });
  } finally {
    release();
  }
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
