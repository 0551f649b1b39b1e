import { renameSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Writes a file for this user alone, so that it is there whole or as it was; on disk when this resolves. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  renameSync(`${file}.new`, file);
}
