import { BuildersError } from './errors.ts';
import type { Machine } from './machine.ts';

/** Where a daemon is and how to reach it. */
export type StoreAddress =
  | { readonly kind: 'unix'; readonly socket: string }
  /** The local daemon's own socket; with `auto` a daemon process where there is no such socket. */
  | { readonly kind: 'daemon' | 'auto' }
  /** A store that a daemon process of our own opens: `local?root=…`. */
  | { readonly kind: 'local'; readonly store: string }
  | SshAddress;

/** A daemon behind SSH, with what Nix allows to be said of it in a store URI. */
export interface SshAddress {
  readonly kind: 'ssh';
  readonly user: string | undefined;
  /** Host name or address, without the brackets of IPv6. */
  readonly host: string;
  readonly port: number | undefined;
  readonly key: string | undefined;
  /** One line of a `known_hosts` file without the host: `ssh-ed25519 AAAA…`. */
  readonly publicHostKey: string | undefined;
  readonly compress: boolean;
  /** The words that start the daemon there. */
  readonly remoteProgram: readonly string[];
  readonly remoteStore: string | undefined;
}

/** A machine's URI together with its columns for SSH, or a plain URI, as an address. */
export function storeAddress(
  of: string | Pick<Machine, 'uri' | 'sshKey' | 'publicHostKey'>,
): StoreAddress {
  if (typeof of === 'string') return parseStoreUri(of);
  const address = parseStoreUri(of.uri);
  if (address.kind !== 'ssh') return address;
  return {
    ...address,
    key: of.sshKey ?? address.key,
    publicHostKey:
      of.publicHostKey === undefined
        ? address.publicHostKey
        : decodeHostKey(of.uri, of.publicHostKey),
  };
}

/**
 * The URI in the form that dispatch uses: `ssh-ng://` before a bare host and in place of `ssh://`,
 * `local?root=` before the path of a folder. Throws `bad-store-uri` for what it cannot speak to.
 */
export function canonicalStoreUri(uri: string): string {
  const canonical = withScheme(uri);
  parseStoreUri(canonical);
  return canonical;
}

function withScheme(uri: string): string {
  if (uri.startsWith('ssh://')) return `ssh-ng://${uri.slice('ssh://'.length)}`;
  if (uri.startsWith('/')) return storeInFolder(uri);
  const special = /^(auto|daemon|local)(\?|$)/.test(uri);
  return uri.includes('://') || special ? uri : `ssh-ng://${uri}`;
}

/** As for Nix: a path is not that of a socket, but of a folder with a store of its own. */
function storeInFolder(uri: string): string {
  const [path = '', query] = uri.split(/\?(.*)/s, 2);
  const root = encodeURIComponent(path).replaceAll('%2F', '/');
  return `local?root=${root}${query === undefined ? '' : `&${query}`}`;
}

/** Takes a store URI apart. Throws `bad-store-uri` and says which forms there are. */
export function parseStoreUri(given: string): StoreAddress {
  const uri = withScheme(given);
  if (uri === 'daemon' || uri === 'auto') return { kind: uri };
  if (/^local(\?|$)/.test(uri)) return { kind: 'local', store: uri };
  if (uri.startsWith('local://')) return { kind: 'local', store: uri };
  if (uri.startsWith('unix://')) return unixAddress(uri);
  if (uri.startsWith('ssh-ng://')) return sshAddress(uri);
  throw badUri(
    uri,
    'use ssh-ng://[user@]host[:port], unix:///path/to/socket, daemon, auto or local',
  );
}

function unixAddress(uri: string): StoreAddress {
  const socket = decoded(uri, uri.slice('unix://'.length).split('?', 1)[0] ?? '');
  if (socket === '') return { kind: 'daemon' };
  if (!socket.startsWith('/')) throw badUri(uri, 'the path of the socket must be absolute');
  return { kind: 'unix', socket };
}

const authorityPattern =
  /^(?:(?<user>[^@/?#]*)@)?(?:\[(?<address>[0-9A-Fa-f:.%\w]+)\]|(?<host>[^@/?#:[\]]*))(?::(?<port>\d{1,5}))?\/?$/;

function sshAddress(uri: string): SshAddress {
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

function sshParameters(uri: string, parameters: URLSearchParams) {
  const text = (name: string): string | undefined => parameters.get(name) || undefined;
  const hostKey = text('base64-ssh-public-host-key');
  return {
    key: text('ssh-key'),
    publicHostKey: hostKey === undefined ? undefined : decodeHostKey(uri, hostKey),
    compress: /^(true|yes|1)$/.test(text('compress') ?? 'false'),
    remoteProgram: (text('remote-program') ?? 'nix-daemon')
      .split(/\s+/)
      .filter((word) => word !== ''),
    remoteStore: text('remote-store'),
  };
}

// `ssh` would take a word that starts with '-' for an option: `-oProxyCommand=…` runs anything.
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

function decoded(uri: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw badUri(uri, 'it has a % that starts no character code', error);
  }
}

function decodeHostKey(uri: string, base64: string): string {
  const line = Buffer.from(base64, 'base64').toString('latin1').trim();
  if (/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( [\x20-\x7e]*)?$/.test(line)) return line;
  throw badUri(uri, "its public host key is not the base64 of a line such as 'ssh-ed25519 AAAA…'");
}

function badUri(uri: string, what: string, cause?: unknown): BuildersError {
  return new BuildersError('bad-store-uri', `cannot use the store URI '${uri}': ${what}`, {
    builder: uri,
    cause,
  });
}
