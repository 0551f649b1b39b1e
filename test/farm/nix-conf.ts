/** Settings of one daemon or client, by their nix.conf names. */
export type NixSettings = Readonly<Record<string, string>>;

/**
 * The settings of every daemon of a farm. The sandbox holds a shell and the machine's /usr, which the daemon
 * finds at `usr`, so that trivial derivations run without any package set. Falling back to no sandbox would build
 * in the machine's own store.
 */
export function daemonSettings(usr: string): NixSettings {
  return {
    sandbox: 'true',
    'sandbox-fallback': 'false',
    'sandbox-paths': `/bin/sh=${usr}/bin/dash /lib=${usr}/lib /lib64=${usr}/lib64? /usr=${usr}`,
    substituters: '',
    'build-users-group': '',
  };
}

/** The text of a nix.conf; later settings win. */
export function nixConf(...settings: readonly NixSettings[]): string {
  const merged = Object.entries(Object.assign({}, ...settings) as NixSettings);
  return merged.map(([name, value]) => `${name} = ${value}\n`).join('');
}
