import { closeSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** What fits into a socket's address, with the zero at its end (unix(7): 108 bytes). */
const longestPath = 107;

/**
 * Hands over a path by which a socket can be bound or connected although its own is too long for
 * that: by way of an open folder, which the kernel knows under a short name.
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
