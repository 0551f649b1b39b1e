import type { Server } from 'node:net';

/** Has a server listen on a Unix socket; it does when this resolves. Throws what the system says against it. */
export function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
