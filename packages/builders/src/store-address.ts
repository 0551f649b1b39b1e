import { badUri, decoded } from './bad-store-uri.ts';
import type { Machine } from './machine.ts';
import { decodeHostKey, parseSshUri, type SshAddress } from './ssh/ssh-address.ts';

/** Where a daemon is and how to reach it. */
export type StoreAddress =
  | { readonly kind: 'unix'; readonly socket: string }
  /** The local daemon's socket; for `auto`, without such a socket, a daemon process of our own. */
  | { readonly kind: 'daemon' | 'auto' }
  /** A store that a daemon process of our own opens, such as `local?root=…`. */
  | { readonly kind: 'local'; readonly store: string }
  | SshAddress;

/** The address of a store URI, or of a machine with its URI and SSH columns. */
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
 * `local?root=` before the path of a folder. Throws `bad-store-uri` for a store that dispatch
 * cannot speak to.
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

/** As for Nix, a path names not a socket but a folder with a store of its own. */
function storeInFolder(uri: string): string {
  const [path = '', query] = uri.split(/\?(.*)/s, 2);
  const root = encodeURIComponent(path).replaceAll('%2F', '/');
  return `local?root=${root}${query === undefined ? '' : `&${query}`}`;
}

/** Parses a store URI. Throws `bad-store-uri`, which lists the known forms. */
export function parseStoreUri(given: string): StoreAddress {
  const uri = withScheme(given);
  if (uri === 'daemon' || uri === 'auto') return { kind: uri };
  if (/^local(\?|$)/.test(uri)) return { kind: 'local', store: uri };
  if (uri.startsWith('local://')) return { kind: 'local', store: uri };
  if (uri.startsWith('unix://')) return unixAddress(uri);
  if (uri.startsWith('ssh-ng://')) return parseSshUri(uri);
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
