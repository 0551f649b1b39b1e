import type { ClientOptions } from '@dispatch/protocol/client-options';

/**
 * How the daemons are to build in a run. Nothing else can be set: most other settings of a daemon
 * would let whoever starts a run do on the builders what only root may do there.
 */
export interface BuildSettings {
  /** Seconds after which a build is ended; 0 for never, undefined for the builder's own setting. */
  readonly timeout: number | undefined;
  /** Seconds without a line of log after which a build is ended; 0 for never. */
  readonly maxSilentTime: number;
  /** What builds see as `NIX_BUILD_CORES`; 0 for as many as there are. */
  readonly cores: number | undefined;
  /** The same for builds in the hub; used when `cores` is undefined. */
  readonly hubCores: number | undefined;
}

/** No limits, and each builder uses all of its cores. */
export const noBuildSettings: BuildSettings = {
  timeout: undefined,
  maxSilentTime: 0,
  cores: undefined,
  hubCores: undefined,
};

/** The options that a daemon gets: the settings on top of the usual ones. `inHub`: for builds in the hub. */
export function clientOptions(
  settings: BuildSettings,
  usual: ClientOptions,
  inHub: boolean,
): ClientOptions {
  const limits: [string, string][] =
    settings.timeout === undefined ? [] : [['timeout', String(settings.timeout)]];
  const { maxSilentTime, cores = inHub ? settings.hubCores : undefined } = settings;
  return {
    ...usual,
    maxSilentTime,
    buildCores: cores ?? 0,
    overrides: new Map([...usual.overrides, ...limits]),
  };
}
