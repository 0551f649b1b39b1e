import { impossibleAlgorithms } from './algorithms.ts';
import type { SshConfiguration } from './ssh-configuration.ts';

/** Options that ask for a way to connect or to log in that only the `ssh` program has. */
const onlyForSsh = [
  'proxyjump',
  'proxycommand',
  'bindinterface',
  'certificatefile',
  'pkcs11provider',
  'knownhostscommand',
  'revokedhostkeys',
  'setenv',
] as const;

/** Why the `ssh` program has to connect to a machine: the options of its configuration by name. */
export function beyondSsh2(configuration: SshConfiguration): string[] {
  const options = onlyForSsh.filter((name) => configuration.one(name) !== undefined);
  const noKeys = configuration.one('pubkeyauthentication') === 'no' ? ['pubkeyauthentication'] : [];
  return [...options, ...noKeys, ...impossibleAlgorithms(configuration)];
}
