import type { StorePath } from './store-path.ts';

/** What a store knows of a valid path, apart from the path itself (Nix's UnkeyedValidPathInfo). */
export interface UnkeyedValidPathInfo {
  readonly deriver: StorePath | undefined;
  /** SHA-256 of the path's NAR, 64 lower-case hexadecimal digits. */
  readonly narHash: string;
  /** Direct references, the path itself included where it refers to itself. */
  readonly references: readonly StorePath[];
  /** Unix seconds. */
  readonly registrationTime: number;
  /** Bytes of the NAR. */
  readonly narSize: number;
  /** Built by the store that says so, rather than copied there. */
  readonly ultimate: boolean;
  /** `keyname:base64`. */
  readonly signatures: readonly string[];
  /** `text:sha256:…`, `fixed:r:sha256:…`, or empty for what is not content-addressed. */
  readonly contentAddress: string;
}

/** A valid path with what a store knows of it. */
export interface ValidPathInfo extends UnkeyedValidPathInfo {
  readonly path: StorePath;
}

/**
 * The path info to send to another store. Whether this store built the path, and when it registered
 * it, is left out, since neither holds for the other.
 */
export function pathInfoForCopy(info: ValidPathInfo): ValidPathInfo {
  return { ...info, ultimate: false, registrationTime: 0 };
}
