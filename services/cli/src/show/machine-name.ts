/** What people call a machine: its URI without the parameters, or `this machine`. */
export function machineName(uri: string): string {
  const [address = uri] = uri.split('?', 1);
  return ['auto', 'daemon', 'local'].includes(address) ? 'this machine' : address;
}

/** The same for where room is short: the host alone, or the end of the path of a socket. */
export function shortMachineName(uri: string): string {
  const name = machineName(uri);
  const [, host] = /^ssh(?:-ng)?:\/\/(?:[^/]*@)?([^/]+)/.exec(name) ?? [];
  if (host !== undefined) return host;
  return name.startsWith('unix://') ? name.split('/').slice(-2).join('/') : name;
}

/** Why a machine failed us, without its URI at the beginning, for a line that names the machine already. */
export function complaint(reason: string, uri: string): string {
  const prefix = [`cannot reach ${uri}: `, `${uri}: `].find((some) => reason.startsWith(some));
  return reason.slice(prefix?.length ?? 0);
}
