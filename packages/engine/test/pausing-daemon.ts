import { connect, createServer, type Socket } from 'node:net';
import type { OperationName } from '@dispatch/protocol/operation-number';
import { isRequest } from './is-request.ts';

interface PausingDaemon extends Disposable {
  readonly uri: string;
  readonly pauses: number;
}

/**
 * A socket before the real daemon at `upstream`. The first time that the daemon is asked for `operation`,
 * something else happens before its answer is passed on.
 */
export async function pausingDaemon(
  socket: string,
  upstream: string,
  operation: OperationName,
  meanwhile: () => Promise<void>,
): Promise<PausingDaemon> {
  const clients = new Set<Socket>();
  let pauses = 0;
  let holding: Socket | undefined;
  const server = createServer((client) => {
    clients.add(client);
    const real = connect(upstream);
    const end = (): void => void [client.destroy(), real.destroy()];
    for (const side of [client, real]) side.on('error', end).on('close', end);
    client.on('data', (chunk) => {
      if (pauses === 0 && isRequest(chunk, operation)) holding = real;
      real.write(chunk);
    });
    real.on('data', (chunk) => {
      if (holding !== real || pauses > 0) {
        client.write(chunk);
        return;
      }
      pauses += 1;
      real.pause();
      void meanwhile().then(() => {
        client.write(chunk);
        real.resume();
      }, end);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    uri: `unix://${socket}`,
    get pauses() {
      return pauses;
    },
    [Symbol.dispose]: () => {
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}
