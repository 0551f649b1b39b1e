import { renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * Writes a file for this user alone, so that it is there whole or as it was; on disk when this resolves.
 * What was begun is taken away where that fails: a disk that is full is to have the room.
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
