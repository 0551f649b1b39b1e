import type { ValidPathInfo } from '@dispatch/nix/path-info';
import { isStorePath, type StorePath, storeDirOf } from '@dispatch/nix/store-path';
import type { DaemonStore } from './daemon-store.ts';
import { BuildersError } from './errors.ts';
import type { RunRoots } from './run-roots.ts';
import type { Semaphore } from './semaphore.ts';

/**
 * Says what paths must be, from what is known apart from their source: for each the info that the
 * target is to register. A path that is not in the answer has nothing that vouches for it, and is not
 * copied: a builder is believed for the outputs of what it was given to build, and for nothing else.
 * `arrived` when the path, and all that it refers to, was brought to the target from a better source.
 */
export type Vouch = (claimed: readonly ValidPathInfo[]) => Promise<Vouchers>;

export type Vouchers = ReadonlyMap<StorePath, ValidPathInfo | 'arrived'>;

/** Whether the target may fetch a path from its own substituters, with all that it refers to. */
export type MaySubstitute = (path: StorePath) => boolean;

interface Search {
  readonly from: DaemonStore;
  readonly to: RunRoots;
  readonly paths: readonly StorePath[];
  readonly maySubstitute?: MaySubstitute | undefined;
  readonly vouch?: Vouch | undefined;
  /** Held by whoever asks the source something. */
  readonly sourceTurns: Semaphore;
  readonly signal?: AbortSignal | undefined;
}

/** More than any closure; a source that keeps naming new references ends here. */
const maximumPaths = 1_000_000;

/** Paths asked about in one go: fewer at first, so that the target has something to do soon. */
const firstPaths = 256;
const mostPaths = 4096;

/** What was found out of some paths of a closure. */
export interface Found {
  /** What the target lacks, with what is to be registered there. */
  readonly missing: readonly ValidPathInfo[];
  /** What the target has, with all that it refers to. */
  readonly present: readonly StorePath[];
}

/**
 * What the target lacks of the closure of some paths. What it has is valid with all its references, so
 * the search goes no further below that. Given out bit by bit, few paths first, so that these can be
 * sent meanwhile; and while the source is asked about some, the target is asked about the next.
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

/** Paths that are still to be asked about, each once. */
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

  /** Twice as many each time: a question takes a way there and back, however much it asks for. */
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

/** Its failure is seen by whoever waits for it, if anybody still does. */
function lookAhead(search: Search, paths: readonly StorePath[]): Promise<Looked> | undefined {
  if (paths.length === 0) return undefined;
  const looked = lookFor(search, paths);
  looked.catch(() => {});
  return looked;
}

/** Roots first and asks then; what is asked for afterwards cannot vanish in between. */
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

/** Not on the connection of the roots: what is fetched may take hours, and others wait for theirs. */
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
