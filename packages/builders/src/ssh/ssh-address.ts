import { badUri, decoded } from '../bad-store-uri.ts';

/** A daemon behind SSH, with the settings that Nix accepts in its store URI. */
export interface SshAddress {
  readonly kind: 'ssh';
  readonly user: string | undefined;
  /** Host name or address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number | undefined;
  /** The private key's file. */
  readonly key: string | undefined;
  /** One line of a `known_hosts` file without the host: `ssh-ed25519 AAAA…`. */
  readonly publicHostKey: string | undefined;
  readonly compress: boolean;
  /** The words of the command that starts the daemon there. */
  readonly remoteProgram: readonly string[];
  readonly remoteStore: string | undefined;
}

const authorityPattern =
  /^(?:(?<user>[^@/?#]*)@)?(?:\[(?<address>[0-9A-Fa-f:.%\w]+)\]|(?<host>[^@/?#:[\]]*))(?::(?<port>\d{1,5}))?\/?$/;

/** Parses `ssh-ng://…`. Throws `bad-store-uri`. */
export function parseSshUri(uri: string): SshAddress {
  const [authority = '', query = ''] = uri.slice('ssh-ng://'.length).split(/\?(.*)/s, 2);
  const parts = authorityPattern.exec(authority)?.groups;
  if (parts === undefined) throw badUri(uri, 'after ssh-ng:// must come [user@]host[:port]');
  const parameters = new URLSearchParams(query.replaceAll('+', '%2B'));
  return {
    kind: 'ssh',
    user: parts['user'] === undefined ? undefined : safeWord(uri, 'user', parts['user']),
    host: safeWord(uri, 'host', parts['address'] ?? parts['host'] ?? ''),
    port: portOf(uri, parts['port']),
    ...sshParameters(uri, parameters),
  };
}

/** Parameters that Nix accepts for every store, and that do not matter for reaching one. */
const withoutMeaningHere: ReadonlySet<string> = new Set([
  'max-connection-age',
  'max-connections',
  'path-info-cache-size',
  'priority',
  'system-features',
  'trusted',
  'want-mass-query',
]);

const known = [
  'ssh-key',
  'base64-ssh-public-host-key',
  'compress',
  'remote-program',
  'remote-store',
] as const;

function sshParameters(uri: string, parameters: URLSearchParams) {
  refuseUnknown(uri, parameters);
  const text = (name: (typeof known)[number]): string | undefined =>
    parameters.get(name) || undefined;
  const hostKey = text('base64-ssh-public-host-key');
  const program = (text('remote-program') ?? '').split(/\s+/).filter((word) => word !== '');
  return {
    key: text('ssh-key'),
    publicHostKey: hostKey === undefined ? undefined : decodeHostKey(uri, hostKey),
    compress: truthOf(uri, 'compress', text('compress') ?? 'false'),
    remoteProgram: program.length === 0 ? ['nix-daemon'] : program,
    remoteStore: text('remote-store'),
  };
}

function refuseUnknown(uri: string, parameters: URLSearchParams): void {
  for (const name of parameters.keys()) {
    if (withoutMeaningHere.has(name) || known.some((one) => one === name)) continue;
    throw badUri(uri, `it has a parameter '${name}'; known are ${known.join(', ')}`);
  }
}

function truthOf(uri: string, name: string, value: string): boolean {
  if (/^(true|yes|1)$/.test(value)) return true;
  if (/^(false|no|0)$/.test(value)) return false;
  throw badUri(uri, `its ${name} is '${value}', neither true nor false`);
}

// `ssh` would take a word that starts with '-' as an option: `-oProxyCommand=…` runs anything.
function safeWord(uri: string, what: string, encoded: string): string {
  const word = decoded(uri, encoded);
  if (word === '') throw badUri(uri, `its ${what} is empty`);
  if (word.startsWith('-')) throw badUri(uri, `its ${what} must not start with '-'`);
  if (/[\s\p{Cc}@'"`$;&|<>()\\*?!,]/u.test(word)) {
    throw badUri(uri, `its ${what} has a character that is not allowed`);
  }
  return word;
}

function portOf(uri: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (port < 1 || port > 65_535) throw badUri(uri, `there is no port ${text}`);
  return port;
}

/** Decodes the base64 public host key of a machines file into a line. Throws `bad-store-uri`. */
export function decodeHostKey(uri: string, base64: string): string {
  const line = Buffer.from(base64, 'base64').toString('latin1').trim();
  if (/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( [\x20-\x7e]*)?$/.test(line)) return line;
  throw badUri(uri, "its public host key is not the base64 of a line such as 'ssh-ed25519 AAAA…'");
}
