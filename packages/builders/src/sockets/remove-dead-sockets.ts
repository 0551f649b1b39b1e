import { lstatSync, unlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';

/** A younger socket may be one that its owner is about to listen on. */
const youngMs = 60_000;

/**
 * Removes the sockets in a folder that nobody listens on, since their owner was killed. It leaves
 * alone those that somebody listens on or may be about to, and those that we may not remove.
 */
export async function removeDeadSockets(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sockets = entries.filter((entry) => entry.isSocket());
  await Promise.all(sockets.map(({ name }) => removeIfDead(join(folder, name))));
}

async function removeIfDead(path: string): Promise<void> {
  try {
    const { ino, mtimeMs } = lstatSync(path);
    if (Date.now() - mtimeMs < youngMs || !(await isRefused(path))) return;
    // Somebody may have put another into its place meanwhile.
    const now = lstatSync(path);
    if (now.ino === ino && now.mtimeMs === mtimeMs) unlinkSync(path);
  } catch {}
}

/** Whether nobody listens there. A listener that is merely full fails with another error. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
  });
}
