/**
 * How much a peer may make us hold. A size on the wire is compared with these before anything is
 * allocated for it; beyond them the call fails with `too-large` and the connection is closed.
 */
export interface WireLimits {
  /** Bytes of one name, path, hash, signature or content address. */
  readonly name: number;
  /** Bytes of one text: a log line, an error message, a realisation. */
  readonly text: number;
  /** Items of one list, set or map. */
  readonly items: number;
  /** Bytes of one whole reply, or of one message before it. */
  readonly reply: number;
}

export const defaultLimits: WireLimits = {
  // Linux's PATH_MAX is 4096, a store path is at most some 300 bytes; GC root links are the longest.
  name: 16 * 1024,
  // A builder may print megabytes without a line end, and Nix passes them on as one line.
  text: 64 * 1024 * 1024,
  // A large shared store has about a million valid paths, and a listing of them is the longest list.
  items: 8 * 1024 * 1024,
  // Two million paths of 120 bytes, and well below what makes a process with many builders suffer.
  reply: 256 * 1024 * 1024,
};
