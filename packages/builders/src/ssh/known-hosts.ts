import { createHmac } from 'node:crypto';

/** One line of a `known_hosts` file that applies to a host. */
export interface KnownHost {
  /** `@revoked`: never to be accepted; `@cert-authority`: it signs host keys and is none itself. */
  readonly marker: '@revoked' | '@cert-authority' | undefined;
  /** The name of the host that the line was found by: with its port or without. */
  readonly name: string;
  /** `ssh-ed25519`, `ssh-rsa`, … */
  readonly type: string;
  /** The key in base64. */
  readonly key: string;
  /** `file, line 3`, for messages. */
  readonly place: string;
}

const linePattern =
  /^(?:(?<marker>@[\w-]+)\s+)?(?<names>\S+)\s+(?<type>[\w@.-]+)\s+(?<key>[A-Za-z0-9+/]+={0,2})(?:\s|$)/;

/**
 * The lines of a file for a host of this name. Skips unreadable lines, and lines with other markers
 * than `@revoked` and `@cert-authority`, as `ssh` does.
 */
export function knownHosts(text: string, file: string, name: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => {
    const parts = linePattern.exec(line.trim())?.groups;
    if (parts === undefined || line.trim().startsWith('#')) return [];
    const { marker, names: patterns = '', type = '', key = '' } = parts;
    if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') return [];
    if (!namesHost(patterns, name)) return [];
    return [{ marker, name, type, key, place: `${file}, line ${index + 1}` }];
  });
}

/** The name of a host in these files: with its port where that is not 22. */
export function hostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The hashed form of a name, for files that are not to reveal host names. */
export function hashedName(name: string, salt: Buffer): string {
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}

function namesHost(patterns: string, name: string): boolean {
  if (patterns.startsWith('|')) return isHashOf(patterns, name);
  const list = patterns.toLowerCase().split(',');
  if (list.some((one) => one.startsWith('!') && matches(one.slice(1), name))) return false;
  return list.some((one) => !one.startsWith('!') && matches(one, name));
}

function isHashOf(hashed: string, name: string): boolean {
  const salt = /^\|1\|([A-Za-z0-9+/=]+)\|/.exec(hashed)?.[1];
  return salt !== undefined && hashedName(name, Buffer.from(salt, 'base64')) === hashed;
}

/**
 * `*` stands for any text and `?` for one character. No regular expression is used, since many
 * stars could make one run for ever.
 */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (at < name.length) {
    if (pattern[from] === '*') {
      star = from;
      from += 1;
      retry = at;
    } else if (pattern[from] === '?' || pattern[from] === name[at]) {
      from += 1;
      at += 1;
    } else if (star >= 0) {
      from = star + 1;
      retry += 1;
      at = retry;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(from));
}
