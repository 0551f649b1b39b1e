import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  baseName,
  defaultStoreDir,
  isDerivationPath,
  isStorePath,
  parseStorePath,
  type StorePath,
} from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';

/**
 * A folder of `.drv` files, which lie in it directly, or under `nix/store` as in a store's root.
 * What else is in it does not matter.
 */
export class DerivationFolder {
  /** Where files are looked for, in this order. */
  readonly folders: readonly string[];

  private constructor(folders: readonly string[]) {
    this.folders = folders;
  }

  /** Throws `unreadable-derivation` when there is no such folder. */
  static open(name: string): DerivationFolder {
    if (!isFolder(name)) {
      throw unreadable(`there is no folder ${name}: name one that holds .drv files`);
    }
    return new DerivationFolder([join(name, defaultStoreDir), name].filter(isFolder));
  }

  /** All derivations in the folder, sorted. Throws `unreadable-derivation`. */
  list(): StorePath[] {
    const paths = new Set<StorePath>();
    for (const folder of this.folders) {
      const names = readdirSync(folder).filter(isDerivationPath);
      for (const name of names) paths.add(pathNamed(folder, name));
    }
    return [...paths].toSorted();
  }

  /** The derivation that a person named by its store path, or by its file in the folder. */
  find(text: string): StorePath {
    const isOurs = !isStorePath(text) && isDerivationPath(text) && this.#holds(dirname(text));
    const path = isOurs ? pathNamed(dirname(text), basename(text)) : parseStorePath(text);
    if (!isDerivationPath(path)) throw unreadable(`${text} does not name a derivation (.drv)`);
    return path;
  }

  /** Whether the derivation's file is there. */
  has(path: StorePath): boolean {
    return this.folders.some((folder) => isFile(join(folder, baseName(path))));
  }

  #holds(folder: string): boolean {
    if (!isFolder(folder)) return false;
    return this.folders.some((own) => realpathSync(own) === realpathSync(folder));
  }
}

function pathNamed(folder: string, name: string): StorePath {
  const path = `${defaultStoreDir}/${name}`;
  if (isStorePath(path)) return path;
  throw unreadable(
    `${join(folder, name)} is not named as a derivation, <hash>-<name>.drv: take it away, or ` +
      'say which roots are meant',
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function unreadable(message: string): EngineError {
  return new EngineError('unreadable-derivation', message);
}
