import { renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Writes a file that only this user can read, atomically: it is there whole or as before, and on
 * disk when this resolves. On failure the partial file is removed, to leave the room on a full disk
 * to others.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const begun = `${file}.new`;
  try {
    await writeTo(begun, text);
    renameSync(begun, file);
  } catch (error) {
    rmSync(begun, { force: true });
    throw error;
  }
}

async function writeTo(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
