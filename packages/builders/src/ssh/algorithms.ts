import type { SshConfiguration } from './ssh-configuration.ts';

/**
 * The algorithms that we offer to a server, fastest first. Without compiled cipher code in the
 * library, Node's AES-GCM is six times as fast as ChaCha20 (252 against 40 MB/s). No group
 * exchange: the library would test the server's prime in one go, which blocks this process for ten
 * seconds or more.
 */
const offered = {
  kexalgorithms: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  hostkeyalgorithms: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  ciphers: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'chacha20-poly1305@openssh.com',
  ],
  macs: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha1',
  ],
} as const;

/** Whether the library keeps no part of what it deciphers; with other ciphers it does. */
export function isDecipheredAtOnce(cipher: string): boolean {
  return /^aes(128|256)-gcm@openssh\.com$/.test(cipher);
}

type Kind = keyof typeof offered;

/** The algorithms for one connection, by name, in order of preference. */
export interface Algorithms {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly hmac: readonly string[];
  readonly compress: readonly string[];
}

/** The algorithms of ours that the configuration allows, with host keys of known types first. */
export function chooseAlgorithms(
  configuration: SshConfiguration,
  knownKeyTypes: ReadonlySet<string>,
): Algorithms {
  const hostKeys = allowed('hostkeyalgorithms', configuration);
  const isKnown = (algorithm: string): boolean => knownKeyTypes.has(keyTypeOf(algorithm));
  return {
    kex: allowed('kexalgorithms', configuration),
    serverHostKey: [...hostKeys.filter(isKnown), ...hostKeys.filter((one) => !isKnown(one))],
    cipher: allowed('ciphers', configuration),
    hmac: allowed('macs', configuration),
    compress: configuration.isOn('compression') ? ['zlib@openssh.com', 'none'] : ['none'],
  };
}

/** The options that allow only algorithms that we do not have. */
export function impossibleAlgorithms(configuration: SshConfiguration): string[] {
  const kinds = Object.keys(offered) as Kind[];
  return kinds.filter((kind) => allowed(kind, configuration).length === 0);
}

function allowed(kind: Kind, configuration: SshConfiguration): string[] {
  const names = configuration.one(kind)?.split(',');
  // A list that starts with +, - or ^ changes the defaults of `ssh`, which nobody resolves where
  // `ssh` is missing.
  const isList = names !== undefined && !/^[-+^]/.test(names[0] ?? '');
  return offered[kind].filter((one) => !isList || names.includes(one));
}

/** The key type of a signature algorithm: RSA keys sign by several algorithms. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}
