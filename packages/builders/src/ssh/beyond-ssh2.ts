import { impossibleAlgorithms } from './algorithms.ts';
import type { HostKeyKnowledge } from './host-key.ts';
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

/**
 * The names of the options and other settings for which only the `ssh` program can connect to a
 * machine; empty where the library can.
 */
export function beyondSsh2(configuration: SshConfiguration, { known }: HostKeyKnowledge): string[] {
  const options = onlyForSsh.filter((name) => configuration.one(name) !== undefined);
  const noKeys = configuration.one('pubkeyauthentication') === 'no' ? ['pubkeyauthentication'] : [];
  const authorities = known.filter(({ marker }) => marker === '@cert-authority');
  const onlySigned = authorities.length > 0 && known.every(({ marker }) => marker !== undefined);
  return [
    ...options,
    ...noKeys,
    ...(onlySigned ? ['@cert-authority'] : []),
    ...impossibleAlgorithms(configuration),
  ];
}
