/** The store URI for a value of nix.conf's `store` or of NIX_REMOTE: as for Nix, a plain path is a store in that folder. */
export function remoteStore(remote: string): string {
  if (remote.startsWith('/')) return `local?root=${encodeURIComponent(remote)}`;
  return remote === '' ? 'auto' : remote;
}

/** Where a store's own `/` lies on this machine, by its URI; empty unless it is a store in a folder. */
export function physicalRoot(uri: string): string {
  const query = uri.slice(uri.indexOf('?') + 1);
  const root = uri.includes('?')
    ? new URLSearchParams(query.replaceAll('+', '%2B')).get('root')
    : '';
  return (root ?? '').replace(/\/+$/, '');
}
