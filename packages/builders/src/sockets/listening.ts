import type { Server } from 'node:net';

/** Makes a server listen on a Unix socket, and resolves when it does. Throws the system's error. */
export function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
