import { connect, createServer, type Socket } from 'node:net';
import type { OperationName } from '@dispatch/protocol/operation-number';
import { isRequest } from './is-request.ts';

interface FaultyDaemon extends Disposable {
  readonly uri: string;
}

/**
 * A socket before the real daemon at `upstream`. When the daemon is asked for `operation`, it is answered
 * with `bytes`, and the connection is closed.
 */
export async function faultyDaemon(
  socket: string,
  upstream: string,
  operation: OperationName,
  bytes: string,
): Promise<FaultyDaemon> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    const real = connect(upstream);
    const end = (): void => void [client.destroy(), real.destroy()];
    for (const side of [client, real]) side.on('error', end).on('close', end);
    real.pipe(client);
    client.on('data', (chunk) => {
      if (isRequest(chunk, operation)) giveUp(client, real, bytes);
      else real.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    uri: `unix://${socket}`,
    [Symbol.dispose]: () => {
      server.close();
      for (const client of clients) client.destroy();
    },
  };
}

function giveUp(client: Socket, real: Socket, bytes: string): void {
  real.unpipe(client);
  client.end(bytes);
}
