import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('ssh2 is loaded for machines behind SSH, and for no others', async () => {
  // Who cannot be connected to needs no library either; so here somebody answers, and hangs up.
  const server = createServer(
    (socket) => void socket.on('error', () => {}).end('SSH-2.0-none\r\n'),
  );
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  expect(await filesLoadedFor('unix:///nowhere/socket')).toBe(0);
  expect(await filesLoadedFor(`ssh-ng://127.0.0.1:${port}`)).toBeGreaterThan(10);
  server.close();
});

async function filesLoadedFor(uri: string): Promise<number> {
  const script = join(import.meta.dirname, '..', 'children', 'libraries-loaded.ts');
  const words = ['--conditions=dispatch-source', '--import', 'tsx', script, uri];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return Number(stdout);
}
