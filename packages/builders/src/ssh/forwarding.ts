import type { Channel, Client } from 'ssh2';
import { mostConnections } from '../sockets/most-connections.ts';
import type { ChannelStream } from './channel-stream.ts';

interface Listener {
  readonly onStream: (stream: ChannelStream) => void;
  readonly streams: Set<ChannelStream>;
}

/** Unix sockets made by an SSH server, which sends their connections as channels. */
export class Forwarding {
  readonly #client: Client;
  readonly #adopt: (channel: Channel) => ChannelStream;
  readonly #listeners = new Map<string, Listener>();

  /** `adopt` turns a channel into a stream that its SSH connection keeps track of. */
  constructor(client: Client, adopt: (channel: Channel) => ChannelStream) {
    this.#client = client;
    this.#adopt = adopt;
    client.on('unix connection', ({ socketPath }, accept, reject) => {
      const listener = this.#listeners.get(socketPath);
      if (listener === undefined || listener.streams.size >= mostConnections) reject();
      else this.#take(listener, accept());
    });
  }

  /** Asks the server to make a socket. Throws when it refuses, mostly without saying why. */
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
    // The stream's user learns of the error from its end.
    stream.on('error', () => {});
    onStream(stream);
  }
}

/** A promise for a callback of the library, which throws where its connection is gone. */
function answered(ask: (done: (error?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    ask((error) => (error ? reject(error) : resolve()));
  });
}
