import { createHash } from 'node:crypto';
import { hostName, type KnownHost } from './known-hosts.ts';

/** A server's public key as it arrived. */
export interface HostKey {
  readonly type: string;
  /** In base64, as `known_hosts` files have it. */
  readonly key: string;
}

/** The known keys of a machine, and how strict to be about others. */
export interface HostKeyKnowledge {
  /** The host as messages and new lines name it. */
  readonly host: string;
  readonly port: number;
  readonly known: readonly KnownHost[];
  /** Whether the machine's own line gives its key: then no file counts. */
  readonly pinned: boolean;
  /**
   * `strict` (`yes` and `ask` of ssh) refuses unknown keys; `off` (`no`) accepts even changed ones.
   */
  readonly strictness: 'strict' | 'accept-new' | 'off';
  /** The file that a new key is added to. */
  readonly file: string;
}

export type HostKeyVerdict =
  | { readonly verdict: 'known' }
  /** Not known, and to be remembered, as the user's configuration says. */
  | { readonly verdict: 'new' }
  | { readonly verdict: 'refused'; readonly fault: string };

/** Decides whether a server's key is one that its machine is known by; if not, says what to do. */
export function judgeHostKey(offered: HostKey, knowledge: HostKeyKnowledge): HostKeyVerdict {
  const { host, port, known, strictness, pinned } = knowledge;
  const same = known.filter(({ key }) => key === offered.key);
  const revoked = same.find(({ marker }) => marker === '@revoked');
  if (revoked !== undefined) return refused(revokedFault(offered, knowledge, revoked));
  if (same.some(({ marker }) => marker === undefined)) return { verdict: 'known' };
  const name = hostName(host, port);
  const others = known.filter((one) => one.marker === undefined && one.name === name);
  const changed = pinned ? others[0] : others.find(({ type }) => type === offered.type);
  if (changed !== undefined) {
    if (strictness === 'off' && !pinned) return { verdict: 'known' };
    return refused(changedFault(offered, knowledge, changed));
  }
  return strictness === 'strict' ? refused(unknownFault(offered, knowledge)) : { verdict: 'new' };
}

/** Reads a public key in its wire format, which begins with the type as a length and text. */
export function readHostKey(blob: Buffer): HostKey {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  return { type: blob.toString('latin1', 4, 4 + length), key: blob.toString('base64') };
}

function refused(fault: string): HostKeyVerdict {
  return { verdict: 'refused', fault };
}

function unknownFault(offered: HostKey, { host, port, file }: HostKeyKnowledge): string {
  const name = hostName(host, port);
  return (
    `its host key is not known: ${name} offers ${described(offered)}; if that is what ` +
    `'ssh-keygen -lf /etc/ssh/ssh_host_${shortType(offered)}_key.pub' says on the machine itself, ` +
    `add this line to ${file}: ${name} ${offered.type} ${offered.key}`
  );
}

function changedFault(offered: HostKey, knowledge: HostKeyKnowledge, known: KnownHost): string {
  const { host, port, pinned } = knowledge;
  const name = hostName(host, port);
  const way = pinned
    ? 'put its new key there'
    : `remove the old key by 'ssh-keygen -R ${name} -f ${known.place.replace(/, line \d+$/, '')}'`;
  return (
    `HOST KEY VERIFICATION FAILED: the key of ${name} has changed; it offers ${described(offered)}, ` +
    `but ${known.place} has ${described(known)}; somebody else may be answering in its place. ` +
    `Only if the machine was set up anew, ${way}`
  );
}

function revokedFault(offered: HostKey, { host, port }: HostKeyKnowledge, line: KnownHost): string {
  return `its host key is revoked: ${hostName(host, port)} offers ${described(offered)}, and ${line.place} says never to take it`;
}

function described({ type, key }: HostKey): string {
  const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
  return `${type} SHA256:${hash.replace(/=+$/, '')}`;
}

/** The type in the name of the server's own file, such as `ssh_host_ed25519_key`. */
function shortType({ type }: HostKey): string {
  return /^(?:ssh|ecdsa)(?:-(ed25519|rsa|dss))?/.exec(type)?.[1] ?? 'ecdsa';
}
