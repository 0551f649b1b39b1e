import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import { BuildersError } from './errors.ts';

/**
 * Puts references before what refers to them: a daemon takes no path whose references it does not
 * have. References that are not among the given are there already. Throws `copy-refused` for paths
 * that refer to each other, which no honest store has.
 */
export function referencesFirst(infos: ReadonlyMap<StorePath, ValidPathInfo>): ValidPathInfo[] {
  const ordered: ValidPathInfo[] = [];
  const waitingFor = new Map<StorePath, number>();
  const referrers = new Map<StorePath, ValidPathInfo[]>();
  for (const info of infos.values()) {
    const wanted = info.references.filter((path) => path !== info.path && infos.has(path));
    waitingFor.set(info.path, wanted.length);
    for (const path of wanted) pushTo(referrers, path, info);
    if (wanted.length === 0) ordered.push(info);
  }
  for (let at = 0; at < ordered.length; at += 1) {
    for (const referrer of referrers.get((ordered[at] as ValidPathInfo).path) ?? []) {
      const left = (waitingFor.get(referrer.path) ?? 0) - 1;
      waitingFor.set(referrer.path, left);
      if (left === 0) ordered.push(referrer);
    }
  }
  if (ordered.length < infos.size) throw refersToItself(infos, new Set(ordered));
  return ordered;
}

function pushTo(lists: Map<StorePath, ValidPathInfo[]>, key: StorePath, item: ValidPathInfo): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function refersToItself(
  infos: ReadonlyMap<StorePath, ValidPathInfo>,
  ordered: ReadonlySet<ValidPathInfo>,
): BuildersError {
  const path = [...infos.values()].find((info) => !ordered.has(info))?.path ?? '';
  return new BuildersError('copy-refused', `'${path}' is in a cycle of references`, { path });
}

/**
 * Cuts an ordered list into pieces to send one after the other: what only wants an early path need
 * not wait for all of the rest, and what is lost in the middle is little.
 */
export function inBatches(ordered: readonly ValidPathInfo[], bytes: number): ValidPathInfo[][] {
  const batches: ValidPathInfo[][] = [];
  let room = 0;
  for (const info of ordered) {
    const last = batches.at(-1);
    if (last === undefined || info.narSize > room) {
      batches.push([info]);
      room = bytes - info.narSize;
    } else {
      last.push(info);
      room -= info.narSize;
    }
  }
  return batches;
}
