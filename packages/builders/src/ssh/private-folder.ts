import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that only we may read, for as long as a connection is open. */
export interface PrivateFolder {
  readonly path: string;
  remove(): void;
}

/**
 * The folders of open connections; those not removed by then are removed when this process exits.
 */
const folders = new Set<string>();

/** Makes one in the system's folder for temporary files. */
export function makePrivateFolder(): PrivateFolder {
  const path = mkdtempSync(join(tmpdir(), 'dispatch-ssh-'));
  if (folders.size === 0) process.on('exit', removeAll);
  folders.add(path);
  return { path, remove: () => remove(path) };
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
  folders.delete(path);
  if (folders.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const path of folders) remove(path);
}
