import { open } from 'node:fs/promises';
import { messageOf } from '@dispatch/nix/message-of';
import type { ParsedKey } from 'ssh2';
import { codeOf } from '../errors.ts';
import type { Ssh2 } from './ssh2-library.ts';

/** An identity file as far as it could be read. */
export interface KeyFile {
  readonly name: string;
  /** The public half alone where only the agent can sign; undefined where the file is of no use. */
  readonly key: ParsedKey | undefined;
  /** Why the file alone is not enough. */
  readonly fault: string | undefined;
}

const largestFile = 64 * 1024;

/**
 * Reads a private or public key file. For a key that needs a passphrase, reads the public half in
 * the `.pub` file beside it. A missing file is no fault: the usual names are tried whether they
 * exist or not.
 */
export async function readKeyFile(ssh2: Ssh2, name: string): Promise<KeyFile> {
  try {
    const { text, forOthers } = await readSmallFile(name);
    const key = ssh2.utils.parseKey(text);
    if (key instanceof Error) return await unreadable(ssh2, name, key);
    if (!key.isPrivateKey() || !forOthers) return { name, key, fault: undefined };
    const fault = `${name} is not used because others may read it: run 'chmod 600 ${name}'`;
    return { name, key: undefined, fault };
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT';
    const fault = missing ? undefined : `${name} cannot be read: ${messageOf(error)}`;
    return { name, key: undefined, fault };
  }
}

async function unreadable(ssh2: Ssh2, name: string, error: Error): Promise<KeyFile> {
  if (!/passphrase|encrypted/i.test(error.message)) {
    return { name, key: undefined, fault: `${name} cannot be used: ${error.message}` };
  }
  const fault = `${name} needs a passphrase: give it to an agent by 'ssh-add ${name}'`;
  return { name, key: await readPublicHalf(ssh2, name), fault };
}

async function readPublicHalf(ssh2: Ssh2, name: string): Promise<ParsedKey | undefined> {
  try {
    const key = ssh2.utils.parseKey((await readSmallFile(`${name}.pub`)).text);
    return key instanceof Error ? undefined : key;
  } catch {
    return undefined;
  }
}

async function readSmallFile(name: string): Promise<{ text: Buffer; forOthers: boolean }> {
  await using file = await open(name);
  const { mode, uid, size } = await file.stat();
  if (size > largestFile) throw new Error('it is too large for a key');
  const text = Buffer.alloc(size);
  const { bytesRead } = await file.read(text, 0, size, 0);
  const forOthers = uid === process.getuid?.() && (mode & 0o077) !== 0;
  return { text: text.subarray(0, bytesRead), forOthers };
}
