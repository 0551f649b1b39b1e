/** A machine as people call it: its URI without the parameters, or where it is this one. */
export function machineName(uri: string): string {
  const [address = uri] = uri.split('?', 1);
  return ['auto', 'daemon', 'local'].includes(address) ? 'this machine' : address;
}
