/** A version of the worker protocol, as in "1.35". */
export interface ProtocolVersion {
  readonly major: number;
  readonly minor: number;
}

/**
 * The version that is announced by default: the newest layouts known here (Nix 2.24 to 2.36; what
 * changed in 2.35 is a feature).
 */
export const newestVersion: ProtocolVersion = { major: 1, minor: 38 };

/** Nix 2.3. Older daemons stream NARs in a way that cannot be recovered from after an error. */
export const oldestVersion: ProtocolVersion = { major: 1, minor: 21 };

/** As people write it: `1.35`. */
export function printVersion(version: ProtocolVersion): string {
  return `${version.major}.${version.minor}`;
}

/** The older of two versions: what two peers that announce them have in common. */
export function olderVersion(a: ProtocolVersion, b: ProtocolVersion): ProtocolVersion {
  return isOlder(a, b) ? a : b;
}

/** Whether `a` came before `b`. */
export function isOlder(a: ProtocolVersion, b: ProtocolVersion): boolean {
  return a.major < b.major || (a.major === b.major && a.minor < b.minor);
}

/** The version for a number on the wire: the major in its second byte, the minor in its lowest. */
export function versionFromWord(word: number): ProtocolVersion {
  return { major: (word >>> 8) & 0xff, minor: word & 0xff };
}

/** The number that stands for a version on the wire. */
export function versionToWord(version: ProtocolVersion): number {
  return version.major * 256 + version.minor;
}
