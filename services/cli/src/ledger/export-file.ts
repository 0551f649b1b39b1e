import { statSync } from 'node:fs';
import { chmod, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf } from '@dispatch/nix/message-of';
import { CommandError } from '../errors.ts';

/**
 * Writes an export to the file that a name leads to, through links. A regular file is replaced whole or
 * not at all, since it may be the only copy. Throws `unwritable`.
 */
export async function writeExport(name: string, text: string): Promise<void> {
  try {
    const there = statSync(name, { throwIfNoEntry: false });
    // A pipe or a device is written to: it must not be replaced.
    if (there !== undefined && !there.isFile()) await writeFile(name, text);
    else await replaceFile(await behindLinks(name), text, there?.mode);
  } catch (cause) {
    const why = messageOf(cause);
    throw new CommandError('unwritable', `cannot write ${resolve(name)}: ${why}`, cause);
  }
}

/** The file that a name leads to in the end, which need not exist yet. */
async function behindLinks(name: string): Promise<string> {
  const file = join(await realpath(dirname(name)), basename(name));
  const target = await readlink(file).catch(() => undefined);
  return target === undefined ? file : behindLinks(resolve(dirname(file), target));
}

async function replaceFile(file: string, text: string, mode: number | undefined): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    if (mode !== undefined) await chmod(temporary, mode & 0o777);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
