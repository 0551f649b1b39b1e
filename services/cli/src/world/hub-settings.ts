import { type ClientOptions, defaultClientOptions } from '@dispatch/protocol/client-options';
import type { NixSettings } from './nix-conf.ts';

/** Where paths may be fetched from, with what Nix has for each when only an addition is configured. */
const listSettings: Readonly<Record<string, readonly string[]>> = {
  substituters: ['https://cache.nixos.org/'],
  'trusted-public-keys': ['cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY='],
};

/**
 * What the hub's daemon is told of the user's nix.conf, as stock clients tell it: what it may fetch,
 * and from where. It takes the places only from users that it trusts. Throws `bad-file`.
 */
export function hubSettings(settings: NixSettings): ClientOptions {
  const isSet = (name: string): boolean =>
    settings.text(name) !== undefined || settings.text(`extra-${name}`) !== undefined;
  const lists = Object.entries(listSettings)
    .filter(([name]) => isSet(name))
    .map(([name, usual]) => [name, settings.words(name, usual).join(' ')] as const);
  const netrc = settings.text('netrc-file');
  return {
    ...defaultClientOptions,
    useSubstitutes: settings.flag('substitute') ?? true,
    tryFallback: settings.flag('fallback') ?? false,
    overrides: new Map([
      ...lists,
      ...(netrc === undefined ? [] : [['netrc-file', netrc] as const]),
    ]),
  };
}
