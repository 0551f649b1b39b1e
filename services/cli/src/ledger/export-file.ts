import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError } from '../errors.ts';

/** Writes an export whole or not at all: it may be the only copy. Throws `unwritable`. */
export async function writeExport(file: string, text: string): Promise<void> {
  const target = resolve(file);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('unwritable', `cannot write ${target}: ${why}`, cause);
  }
}
