import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** Which versions of the worker protocol a relay speaks, by their minor numbers. */
export interface SpokenProtocol {
  /** The version that it announces; the daemon behind must know it, or all that its clients know. */
  readonly minor: number;
  /** Clients that announce less are hung up on; if undefined, that is left to the daemon. */
  readonly oldest?: number;
}

/** Lix from 2.94 on: it stays at one version, and turns clients away that speak only older ones. */
export const lixProtocol: SpokenProtocol = { minor: 35, oldest: 35 };

/** Where the minor version is in a greeting, from either side: after eight bytes of magic. */
const minorAt = 8;

/**
 * Makes a real daemon one that speaks another version of the protocol: a socket before its own, which changes the
 * versions in both greetings and passes on everything else. The daemon itself then keeps to the layouts of that
 * version.
 */
export class ProtocolRelay implements AsyncDisposable {
  readonly socket: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(socket: string, daemonSocket: string, spoken: SpokenProtocol) {
    this.socket = socket;
    this.#server = createServer(
      (client) => void this.#relay(client, connect(daemonSocket), spoken),
    );
  }

  static async start(
    socket: string,
    daemonSocket: string,
    spoken: SpokenProtocol,
  ): Promise<ProtocolRelay> {
    const relay = new ProtocolRelay(socket, daemonSocket, spoken);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject).listen(socket, resolve);
    });
    return relay;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Relays until one side hangs up, which ends the other as well. */
  async #relay(
    client: Socket,
    daemon: Socket,
    { minor, oldest = 0 }: SpokenProtocol,
  ): Promise<void> {
    const asked = (theirs: number): number => {
      if (theirs < oldest) throw new Error(`1.${theirs} is too old here`);
      return Math.min(theirs, minor);
    };
    for (const socket of [client, daemon]) this.#open.add(socket);
    await Promise.allSettled([
      pipeline(client, (source) => changeMinor(source, asked), daemon),
      pipeline(daemon, (source) => changeMinor(source, () => minor), client),
    ]);
    for (const socket of [client, daemon]) this.#open.delete(socket.destroy());
  }
}

async function* changeMinor(
  source: AsyncIterable<Buffer>,
  change: (minor: number) => number,
): AsyncGenerator<Buffer> {
  let passed = 0;
  for await (const chunk of source) {
    const at = minorAt - passed;
    if (at >= 0 && at < chunk.length) chunk.writeUInt8(change(chunk.readUInt8(at)), at);
    passed += chunk.length;
    yield chunk;
  }
}
