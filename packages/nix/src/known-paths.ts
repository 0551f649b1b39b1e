import { parseStorePath, type StoreDir, type StorePath, storeDirOf } from './store-path.ts';

/**
 * Store paths that were read before. Derivations of a graph name the same few inputs again and again:
 * so each path is checked once, and kept as one string.
 */
export class KnownPaths {
  readonly #paths: Map<string, StorePath> = new Map();

  /** As `parseStorePath` does. */
  parse(text: string, storeDir: StoreDir): StorePath {
    const known = this.#paths.get(text);
    if (known !== undefined && storeDirOf(known) === storeDir) return known;
    const path = parseStorePath(text, storeDir);
    this.#paths.set(path, path);
    return path;
  }
}
