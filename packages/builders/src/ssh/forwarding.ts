import type { Channel, Client } from 'ssh2';
import { mostConnections } from '../sockets/most-connections.ts';
import type { ChannelStream } from './channel-stream.ts';

interface Listener {
  readonly onStream: (stream: ChannelStream) => void;
  readonly streams: Set<ChannelStream>;
}

/** Unix sockets that an SSH server makes, and whose connections it sends as channels of one connection. */
export class Forwarding {
  readonly #client: Client;
  readonly #adopt: (channel: Channel) => ChannelStream;
  readonly #listeners = new Map<string, Listener>();

  /** `adopt` makes a channel one of the connection's own. */
  constructor(client: Client, adopt: (channel: Channel) => ChannelStream) {
    this.#client = client;
    this.#adopt = adopt;
    client.on('unix connection', ({ socketPath }, accept, reject) => {
      const listener = this.#listeners.get(socketPath);
      if (listener === undefined || listener.streams.size >= mostConnections) reject();
      else this.#take(listener, accept());
    });
  }

  /** Has the server make a socket. Throws when it does not, which as a rule is all that it says. */
  async add(path: string, onStream: (stream: ChannelStream) => void): Promise<void> {
    const listener = { onStream, streams: new Set<ChannelStream>() };
    this.#listeners.set(path, listener);
    try {
      await answered((done) => this.#client.openssh_forwardInStreamLocal(path, done));
    } catch (error) {
      this.#listeners.delete(path);
      throw error;
    }
  }

  /** Ends the socket and its connections; its file may stay. Throws when the connection is gone. */
  async remove(path: string): Promise<void> {
    for (const stream of this.#listeners.get(path)?.streams ?? []) stream.destroy();
    this.#listeners.delete(path);
    await answered((done) => this.#client.openssh_unforwardInStreamLocal(path, done));
  }

  #take({ streams, onStream }: Listener, channel: Channel): void {
    const stream = this.#adopt(channel);
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
    // Whoever uses it finds out by its end.
    stream.on('error', () => {});
    onStream(stream);
  }
}

/** The library throws at once where its connection is gone. */
function answered(ask: (done: (error?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    ask((error) => (error ? reject(error) : resolve()));
  });
}
