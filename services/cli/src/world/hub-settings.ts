import { type ClientOptions, defaultClientOptions } from '@dispatch/protocol/client-options';
import type { NixSettings } from './nix-conf.ts';

/** The settings for where paths may be fetched from, with Nix's defaults, to which `extra-` settings add. */
const listSettings: Readonly<Record<string, readonly string[]>> = {
  substituters: ['https://cache.nixos.org/'],
  'trusted-public-keys': ['cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY='],
};

/**
 * The settings of the user's nix.conf that the hub's daemon is sent, as stock clients send them: what it
 * may fetch, and from where. It takes the places only from users that it trusts. Throws `bad-file`.
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
