import { connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Makes a machine seem far away: a port that passes everything on to the machine's, with a delay each way. */
export class DelayRelay implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #open: Set<Socket>;

  private constructor(server: Server, open: Set<Socket>) {
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
    this.#open = open;
  }

  static async start(host: string, port: number, delayMs: number): Promise<DelayRelay> {
    const open = new Set<Socket>();
    const server = createServer((client) => void relay(client, connect(port, host), delayMs, open));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return new DelayRelay(server, open);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function relay(
  client: Socket,
  machine: Socket,
  delayMs: number,
  open: Set<Socket>,
): Promise<void> {
  for (const socket of [client, machine]) open.add(socket.setNoDelay());
  await Promise.allSettled([
    pipeline(client, (source) => later(source, delayMs), machine),
    pipeline(machine, (source) => later(source, delayMs), client),
  ]);
  for (const socket of [client, machine]) open.delete(socket.destroy());
}

interface Arrival {
  readonly chunk: Buffer;
  readonly dueAt: number;
}

/** Delays a stream without slowing it down: what arrives meanwhile is under way as well. */
async function* later(source: AsyncIterable<Buffer>, delayMs: number): AsyncGenerator<Buffer> {
  const underWay: Promise<Arrival | undefined>[] = [];
  const arrivals = source[Symbol.asyncIterator]();
  const next = async (): Promise<Arrival | undefined> => {
    const { done, value } = await arrivals.next();
    if (done) return undefined;
    expect();
    return { chunk: value, dueAt: performance.now() + delayMs };
  };
  const expect = (): void => {
    const arrival = next();
    // An error is thrown when its turn comes, unless nobody waits any more.
    arrival.catch(() => {});
    underWay.push(arrival);
  };
  expect();
  for (let arrival = await underWay.shift(); arrival; arrival = await underWay.shift()) {
    await sleep(Math.max(0, arrival.dueAt - performance.now()));
    yield arrival.chunk;
  }
}
