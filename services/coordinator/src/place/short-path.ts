import { closeSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * The bytes of a path that fit into a socket's address, besides the zero at its end (unix(7): 108
 * bytes).
 */
const longestPath = 107;

/**
 * Calls `use` with a path by which a socket can be bound or connected even if `path` is too long
 * for that: it leads through an open folder, which the kernel knows under a short name.
 */
export async function withShortPath<Result>(
  path: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  if (Buffer.byteLength(path) <= longestPath) return use(path);
  const folder = openSync(dirname(path), 'r');
  try {
    return await use(`/proc/self/fd/${folder}/${basename(path)}`);
  } finally {
    closeSync(folder);
  }
}
