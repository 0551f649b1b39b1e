import { NixFormatError } from './errors.ts';

/**
 * A full store path, `<store directory>/<32 base32 characters>-<name>`, checked when it was made.
 *
 * The whole path is kept, not hash and name apart: it is what the wire, the `.drv` files and the
 * ledger hold, and a string is its own key in maps and sets.
 */
export type StorePath = string & { readonly __storePath: true };

/** A store directory without a trailing slash; it is part of what every store path is a hash of. */
export type StoreDir = string & { readonly __storeDir: true };

export const defaultStoreDir: StoreDir = '/nix/store' as StoreDir;

const inDefaultStore = `${defaultStoreDir}/`;

/** Characters in the hash part of a store path: 20 bytes in Nix's base32. */
export const hashPartLength = 32;

const maximumNameLength = 211;
const namePattern = /^[0-9A-Za-z+\-._?=]+$/;
const hashPartPattern = /^[0-9a-df-np-sv-z]{32}$/;

/** Any valid base name that starts with no dot; the others, and faults, take a slower check. */
const plainBaseName = /[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-_?=][0-9A-Za-z+\-._?=]{0,210}$/y;

/** Checks text from outside to be a path directly in the store. Throws `bad-store-path`. */
export function parseStorePath(text: string, storeDir: StoreDir = defaultStoreDir): StorePath {
  const fault = storePathFault(text, storeDir);
  if (fault !== undefined) {
    throw new NixFormatError('bad-store-path', `'${text}' is not a store path: ${fault}`);
  }
  return text as StorePath;
}

/** Whether `text` is a path directly in the store, for where a "no" is an ordinary answer. */
export function isStorePath(text: string, storeDir: StoreDir = defaultStoreDir): text is StorePath {
  return storePathFault(text, storeDir) === undefined;
}

function storePathFault(text: string, storeDir: StoreDir): string | undefined {
  if (!text.startsWith(storeDir) || text[storeDir.length] !== '/') {
    return `it is not in the store directory '${storeDir}'`;
  }
  plainBaseName.lastIndex = storeDir.length + 1;
  if (plainBaseName.test(text)) return undefined;
  const nameStart = storeDir.length + 1 + hashPartLength + 1;
  if (!hashPartPattern.test(text.slice(storeDir.length + 1, nameStart - 1))) {
    return 'its hash part is not 32 characters of base32';
  }
  if (text[nameStart - 1] !== '-') return "no '-' follows its hash part";
  return nameFault(text.slice(nameStart));
}

function nameFault(name: string): string | undefined {
  if (name.length === 0) return 'its name is empty';
  if (name.length > maximumNameLength) return `its name is longer than ${maximumNameLength}`;
  if (!namePattern.test(name)) return 'its name has a character that is not allowed';
  if (/^\.{1,2}(-|$)/.test(name)) return "its name starts with '.' or '..' alone";
  return undefined;
}

/** Throws `bad-store-path` when `name` cannot be the name of a store path. */
function assertStorePathName(name: string): void {
  const fault = nameFault(name);
  if (fault !== undefined) {
    throw new NixFormatError('bad-store-path', `'${name}' cannot name a store path: ${fault}`);
  }
}

/** Joins parts that are known to be good, such as a hash part that was just computed. */
export function storePathFromParts(storeDir: StoreDir, digits: string, name: string): StorePath {
  assertStorePathName(name);
  return `${storeDir}/${digits}-${name}` as StorePath;
}

/** The file name in the store directory, `<hash>-<name>`. */
export function baseName(path: StorePath): string {
  return path.slice(storeDirOf(path).length + 1);
}

/** The store directory that the path is in. */
export function storeDirOf(path: StorePath): StoreDir {
  // Nearly always so, and returning the one string saves making many.
  if (path.startsWith(inDefaultStore) && !path.includes('/', inDefaultStore.length)) {
    return defaultStoreDir;
  }
  return path.slice(0, path.lastIndexOf('/')) as StoreDir;
}

/** The 32 characters by which references to the path are found in files. */
export function hashPart(path: StorePath): string {
  const start = storeDirOf(path).length + 1;
  return path.slice(start, start + hashPartLength);
}

/** What follows the hash part: `hello-2.10`, or `hello-2.10.drv`. */
export function pathName(path: StorePath): string {
  return path.slice(storeDirOf(path).length + 1 + hashPartLength + 1);
}

/** Whether the path names a derivation. */
export function isDerivationPath(path: string): boolean {
  return path.endsWith('.drv');
}

/** The name of the derivation in a `.drv` path: its name without the ending. */
export function derivationName(drvPath: StorePath): string {
  const name = pathName(drvPath);
  if (!name.endsWith('.drv') || name.length === 4) {
    throw new NixFormatError('bad-store-path', `'${drvPath}' does not name a derivation (.drv)`);
  }
  return name.slice(0, -4);
}

/**
 * The store path that a path on disk is in or is: `/nix/store/<hash>-hello/bin/hello` gives
 * `/nix/store/<hash>-hello`. Undefined when it is not below the store directory.
 */
export function storePathContaining(
  file: string,
  storeDir: StoreDir = defaultStoreDir,
): StorePath | undefined {
  if (!file.startsWith(`${storeDir}/`)) return undefined;
  const end = file.indexOf('/', storeDir.length + 1);
  const candidate = end === -1 ? file : file.slice(0, end);
  return isStorePath(candidate, storeDir) ? candidate : undefined;
}
