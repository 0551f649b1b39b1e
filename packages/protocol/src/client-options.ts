/** The settings of SetOptions: they hold for the connection until they are set again. */
export interface ClientOptions {
  readonly keepFailed: boolean;
  readonly keepGoing: boolean;
  readonly tryFallback: boolean;
  /** 0 error, 1 warn, 2 notice, 3 info, 4 talkative, 5 chatty, 6 debug, 7 vomit. */
  readonly verbosity: number;
  /** Local builds at once; 0 makes the daemon refuse to build here. */
  readonly maxBuildJobs: number;
  /** Seconds without a line of log after which a build is killed; 0 for never. */
  readonly maxSilentTime: number;
  /** What builds see as `NIX_BUILD_CORES`; 0 for all. */
  readonly buildCores: number;
  readonly useSubstitutes: boolean;
  /** Settings by name. A daemon drops most of them when the client is not trusted. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** What a stock client sends when nothing is configured. */
export const defaultClientOptions: ClientOptions = {
  keepFailed: false,
  keepGoing: false,
  tryFallback: false,
  verbosity: 1,
  maxBuildJobs: 1,
  maxSilentTime: 0,
  buildCores: 0,
  useSubstitutes: true,
  overrides: new Map(),
};

/** Whether two sets of settings are equal: a daemon that has one need not be sent the other. */
export function isSameOptions(one: ClientOptions, other: ClientOptions): boolean {
  if (one === other) return true;
  const names = Object.keys(other) as (keyof ClientOptions)[];
  const isSame = names.every((name) => name === 'overrides' || one[name] === other[name]);
  const overrides = [...other.overrides];
  return (
    isSame &&
    one.overrides.size === overrides.length &&
    overrides.every(([name, value]) => one.overrides.get(name) === value)
  );
}

/**
 * Whether a daemon that has the settings `one` can be given `other` so that nothing of `one`
 * remains. No message takes an override back, so `other` must set every override that `one` sets.
 */
export function canReplaceOptions(one: ClientOptions, other: ClientOptions): boolean {
  return [...one.overrides.keys()].every((name) => other.overrides.has(name));
}
