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

/** Why the `ssh` program has to connect to a machine: options and the like by their names. */
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
