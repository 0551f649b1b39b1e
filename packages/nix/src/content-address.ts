import { NixFormatError } from './errors.ts';
import { type Hash, isHashAlgorithm, parseHash, printHash } from './hash.ts';
import { makeStorePath, makeTextPath, type Sha256 } from './make-store-path.ts';
import { messageOf } from './message-of.ts';
import { fixedOutputPath } from './output-path.ts';
import { defaultStoreDir, type StoreDir, type StorePath } from './store-path.ts';

/**
 * How content becomes the bytes that are hashed: as a `text` (which may refer to store paths), a
 * `flat` file, a `nar` (Nix also says recursive), or a `git` tree.
 */
export type ContentAddressMethod = 'text' | 'flat' | 'nar' | 'git';

/** What is in a path, rather than how it was made: the `contentAddress` of a path info. */
export interface ContentAddress {
  readonly method: ContentAddressMethod;
  readonly hash: Hash;
}

const prefixes: Readonly<Record<ContentAddressMethod, string>> = {
  text: 'text:',
  flat: 'fixed:',
  nar: 'fixed:r:',
  git: 'fixed:git:',
};

/** The form of path infos: `text:sha256:<base 32>`, `fixed:r:sha256:<base 32>`, … */
export function printContentAddress(address: ContentAddress): string {
  return prefixes[address.method] + printHash(address.hash, 'nix32');
}

/** Reads the same form, with the digest in any base. Throws `bad-content-address`. */
export function parseContentAddress(text: string): ContentAddress {
  const match = /^(text:|fixed:(?:r:|git:)?)([^:]*:[^:]*)$/.exec(text);
  const method = methods.find((candidate) => prefixes[candidate] === match?.[1]);
  if (match?.[2] === undefined || method === undefined) {
    throw badAddress(text, "it does not start with 'text:' or 'fixed:' and a hash");
  }
  const address = { method, hash: parseAddressHash(text, match[2]) };
  const fault = algorithmFault(address);
  if (fault !== undefined) throw badAddress(text, fault);
  return address;
}

/** What the store path of content is computed from. */
export interface ContentAddressedPath {
  readonly name: string;
  readonly address: ContentAddress;
  /** References to other paths; the order does not matter. */
  readonly references?: readonly StorePath[];
  /** Whether the content refers to the path itself; its hash part was masked when it was hashed. */
  readonly selfReference?: boolean;
  readonly storeDir?: StoreDir;
}

/**
 * The store path that follows from a content address: anyone can compute it, so a path that carries
 * one needs no signature. Throws `bad-content-address` for references that such content cannot
 * have, and `bad-store-path` for the name.
 */
export function pathOfContentAddress(sha256: Sha256, path: ContentAddressedPath): StorePath {
  const { address, name, storeDir = defaultStoreDir } = path;
  const fault = algorithmFault(address) ?? referencesFault(path);
  if (fault !== undefined) throw badAddress(printContentAddress(address), fault);
  const { hex, algorithm } = address.hash;
  const references = sortedUnique(path.references ?? []);
  if (address.method === 'text') return makeTextPath(sha256, storeDir, name, hex, references);
  if (mayRefer(address)) {
    const self = path.selfReference === true ? ['self'] : [];
    const type = ['source', ...references, ...self].join(':');
    return makeStorePath(sha256, storeDir, type, hex, name);
  }
  const hashAlgo = prefixes[address.method].slice('fixed:'.length) + algorithm;
  return fixedOutputPath(sha256, storeDir, name, { hashAlgo, hash: hex });
}

const methods = Object.keys(prefixes) as readonly ContentAddressMethod[];

function parseAddressHash(text: string, hash: string): Hash {
  const algorithm = hash.slice(0, hash.indexOf(':'));
  if (!isHashAlgorithm(algorithm)) throw badAddress(text, `'${algorithm}' is no hash algorithm`);
  try {
    return parseHash(hash);
  } catch (cause) {
    throw badAddress(text, messageOf(cause), cause);
  }
}

function mayRefer({ method, hash }: ContentAddress): boolean {
  return method === 'text' || (method === 'nar' && hash.algorithm === 'sha256');
}

function algorithmFault({ method, hash }: ContentAddress): string | undefined {
  if (method === 'text' && hash.algorithm !== 'sha256') return 'texts are hashed with sha256 only';
  if (method === 'git' && !['sha1', 'sha256'].includes(hash.algorithm)) {
    return 'git trees are hashed with sha1 or sha256 only';
  }
  return undefined;
}

function referencesFault(path: ContentAddressedPath): string | undefined {
  const self = path.selfReference === true;
  if (path.address.method === 'text') return self ? 'a text cannot refer to itself' : undefined;
  const any = self || (path.references ?? []).length > 0;
  return any && !mayRefer(path.address) ? 'such content cannot have references' : undefined;
}

/** Paths are ASCII, so the default order of strings is that of their bytes. */
function sortedUnique(paths: readonly StorePath[]): StorePath[] {
  return [...new Set(paths)].toSorted();
}

function badAddress(text: string, fault: string, cause?: unknown): NixFormatError {
  return new NixFormatError('bad-content-address', `content address '${text}': ${fault}`, {
    cause,
  });
}
