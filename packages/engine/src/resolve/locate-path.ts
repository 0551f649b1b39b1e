import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseDerivedPath } from '@dispatch/nix/derived-path';
import { defaultStoreDir, type StorePath, storePathContaining } from '@dispatch/nix/store-path';

const maximumLinks = 100;

/**
 * The store path that a person means by a path of any kind: one in the store, a file inside one
 * (there or not), a link to either such as `./result` or a profile, a file seen through such a link;
 * or `….drv!out`, which stands for its derivation. Undefined when it leads to nothing in the store.
 *
 * `root` is where the store's own `/` lies on this machine: empty but for a store in a folder.
 */
export async function locatePath(word: string, root: string): Promise<StorePath | undefined> {
  const place = withoutOutputs(word);
  let at = '/';
  let left = partsOf(resolve(place.startsWith(`${root}/`) ? place.slice(root.length) : place));
  let lastInStore: StorePath | undefined;
  for (let links = 0; left.length > 0; ) {
    const next = join(at, left[0] ?? '');
    left = left.slice(1);
    const inStore = storePathContaining(next);
    lastInStore = inStore ?? lastInStore;
    // A path that names an entry of the store means that entry, even where it is a link in turn.
    if (inStore === next && left.length === 0) return inStore;
    const target = await linkTarget(inStore === undefined ? next : root + next);
    if (target === undefined) {
      at = next;
      continue;
    }
    links += 1;
    if (links > maximumLinks) return undefined;
    left = [...partsOf(resolve(dirname(next), target)), ...left];
    at = '/';
  }
  return storePathContaining(at) ?? lastInStore;
}

function withoutOutputs(word: string): string {
  if (!word.startsWith(`${defaultStoreDir}/`) || !/\.drv[!^]/.test(word)) return word;
  const derived = parseDerivedPath(word);
  return derived.kind === 'built' ? derived.drvPath : derived.path;
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch {
    return undefined;
  }
}
