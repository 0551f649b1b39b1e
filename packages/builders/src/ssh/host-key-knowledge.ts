import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '@dispatch/nix/message-of';
import { BuildersError } from '../errors.ts';
import { expandFileName } from './file-name.ts';
import type { HostKey, HostKeyKnowledge } from './host-key.ts';
import { hashedName, hostName, type KnownHost, knownHosts } from './known-hosts.ts';
import type { SshAddress } from './ssh-address.ts';
import type { SshConfiguration } from './ssh-configuration.ts';

/** Gathers a machine's known host keys: that in its own line, else those of `known_hosts` files. */
export async function gatherHostKeys(
  address: SshAddress,
  configuration: SshConfiguration,
): Promise<HostKeyKnowledge> {
  const alias = configuration.one('hostkeyalias');
  const host = alias ?? configuration.one('hostname') ?? address.host;
  const port = alias === undefined ? configuration.count('port', 22) : 22;
  const files = ['userknownhostsfile', 'globalknownhostsfile'].flatMap((name) =>
    configuration.words(name).map((file) => expandFileName(file, configuration)),
  );
  const [file = '/dev/null'] = files;
  const strictness = strictnessOf(configuration);
  if (address.publicHostKey !== undefined) {
    const known = [pinnedKey(address.publicHostKey, hostName(host, port))];
    return { host, port, known, pinned: true, strictness: 'strict', file };
  }
  return { host, port, known: await readFiles(files, host, port), pinned: false, strictness, file };
}

/** Adds a new key to the file. Throws `bad-ssh-option` when it cannot be written. */
export async function rememberHostKey(
  { type, key }: HostKey,
  { host, port, file }: HostKeyKnowledge,
  hashed: boolean,
): Promise<void> {
  const name = hostName(host, port);
  const shown = hashed ? hashedName(name, randomBytes(20)) : name;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await appendFile(file, `${shown} ${type} ${key}\n`, { mode: 0o600 });
  } catch (cause) {
    const text = `cannot add the host key of ${name} to ${file}: ${messageOf(cause)}`;
    throw new BuildersError('bad-ssh-option', text, { cause });
  }
}

/**
 * Reads the lines for a host. Where none names a host with its port, those without a port count
 * too, as for `ssh`.
 */
async function readFiles(
  files: readonly string[],
  host: string,
  port: number,
): Promise<KnownHost[]> {
  const texts = await Promise.all(files.map(readIfThere));
  const linesFor = (name: string): KnownHost[] =>
    texts.flatMap((text, index) => knownHosts(text, files[index] ?? '', name));
  const lines = linesFor(hostName(host, port));
  return lines.some(({ marker }) => marker === undefined)
    ? lines
    : [...lines, ...linesFor(hostName(host, 22))];
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // As for `ssh`, an unreadable file knows no host; the message about an unknown key names the
    // file.
    return '';
  }
}

function pinnedKey(line: string, name: string): KnownHost {
  const [type = '', key = ''] = line.split(' ');
  return { marker: undefined, name, type, key, place: "the machine's line (public host key)" };
}

function strictnessOf(configuration: SshConfiguration): HostKeyKnowledge['strictness'] {
  const value = configuration.one('stricthostkeychecking') ?? 'ask';
  if (value === 'accept-new') return 'accept-new';
  return /^(no|off|false)$/.test(value) ? 'off' : 'strict';
}
