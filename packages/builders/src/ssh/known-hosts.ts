import { createHmac } from 'node:crypto';

/** One line of a `known_hosts` file that says something of a host. */
export interface KnownHost {
  /** `@revoked`: never to be taken; `@cert-authority`: it signs host keys and is none itself. */
  readonly marker: '@revoked' | '@cert-authority' | undefined;
  /** By which of its names the line was found: with the port, or without it. */
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
 * Those lines of a file that are for a host of this name; a line that cannot be read is none. A line
 * with another marker than the two known ones is left out, as `ssh` does.
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

/** A host as these files name it: with its port where that is not 22. */
export function hostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** A name as it stands in a file whose reader is not to learn it. */
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
 * `*` stands for any text and `?` for one character. By hand rather than by a regular expression,
 * which many stars could make endless.
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
