import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/** A daemon takes each stream on one processor, and most of what it does is done for each path. */
const maximumLanes = 4;

/** For fewer, another connection to each side costs more than it saves. */
const pathsPerLane = 100;

/**
 * Divides an ordered list into some that can be sent at the same time, each in its order: what refers
 * to each other, however far around, stays together.
 */
export function inLanes(ordered: readonly ValidPathInfo[]): ValidPathInfo[][] {
  const count = Math.min(maximumLanes, Math.floor(ordered.length / pathsPerLane));
  if (count <= 1) return [[...ordered]];
  const lanes = Array.from({ length: count }, (): ValidPathInfo[] => []);
  const families = familiesOf(ordered);
  // The largest first, each to where there is least.
  for (const family of families.toSorted((a, b) => b.length - a.length)) {
    const [least] = lanes.toSorted((a, b) => a.length - b.length) as [ValidPathInfo[]];
    least.push(...family);
  }
  return lanes.filter((lane) => lane.length > 0);
}

/** Groups without a reference from one to another; the order within each is kept. */
function familiesOf(ordered: readonly ValidPathInfo[]): ValidPathInfo[][] {
  const parents = new Map<StorePath, StorePath>(ordered.map(({ path }) => [path, path]));
  const parentOf = (path: StorePath): StorePath => parents.get(path) ?? path;
  const headOf = (path: StorePath): StorePath => {
    let at = path;
    while (parentOf(at) !== at) {
      const after = parentOf(parentOf(at));
      parents.set(at, after);
      at = after;
    }
    return at;
  };
  for (const { path, references } of ordered) {
    for (const reference of references) {
      if (parents.has(reference)) parents.set(headOf(reference), headOf(path));
    }
  }
  const families = new Map<StorePath, ValidPathInfo[]>();
  for (const info of ordered) {
    const head = headOf(info.path);
    const family = families.get(head);
    if (family === undefined) families.set(head, [info]);
    else family.push(info);
  }
  return [...families.values()];
}
