/** The version of a dispatch program. */
export interface Version {
  /** As `dispatch --version` prints it. */
  readonly release: string;
  /** Unix milliseconds at which the program was compiled: tells two builds of one release apart. */
  readonly builtAt: number;
}

/** Whether both are the same program, so that their messages mean the same. */
export function isSameVersion(one: Version, other: Version): boolean {
  return one.release === other.release && one.builtAt === other.builtAt;
}

/** Whether the first version is newer and should replace the other. */
export function isNewer(one: Version, other: Version): boolean {
  const order = compareReleases(one.release, other.release);
  return order > 0 || (order === 0 && one.builtAt > other.builtAt);
}

function compareReleases(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
