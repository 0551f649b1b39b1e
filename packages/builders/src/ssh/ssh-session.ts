import type { Socket } from 'node:net';
import { messageOf } from '@dispatch/nix/message-of';
import type { Channel, ChannelError, Client } from 'ssh2';
import { BuildersError } from '../errors.ts';
import { ChannelStream } from './channel-stream.ts';
import { Forwarding } from './forwarding.ts';
import { silenceOf, watchForSilence } from './silence.ts';
import type { SshConfiguration } from './ssh-configuration.ts';

/** How long a connection without channels stays open for the next one. */
const lingerMs = 10_000;

/** One SSH connection; each of its channels runs a program or leads to a socket. */
export class SshSession {
  readonly #client: Client;
  readonly #socket: Socket;
  /** Sockets on the machine whose connections come to us. */
  readonly forwarding: Forwarding;
  /** Called once, when it is over. */
  onEnd: () => void = () => {};
  readonly #startedAt = performance.now();
  readonly #channels = new Set<ChannelStream>();
  #opening = 0;
  /** Whether the server has refused a channel, and none has been closed since. */
  #full = false;
  #served = false;
  #loss: Error | undefined;
  #ended = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(client: Client, socket: Socket, configuration: SshConfiguration) {
    this.#client = client;
    this.#socket = socket;
    this.forwarding = new Forwarding(client, (channel) => this.#adopt(channel));
    client.on('error', (error: Error) => {
      this.#loss ??= error;
    });
    client.once('close', () => this.#closed());
    const seconds = configuration.count('serveraliveinterval', 0);
    const count = configuration.count('serveralivecountmax', 3);
    watchForSilence(socket, { seconds, count }, (silent) => this.#silent(silent));
  }

  get ageSeconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  /** Whether another channel may be asked for. */
  get hasRoom(): boolean {
    return !this.#ended && !this.#full;
  }

  /**
   * Runs a command, given as words that are quoted for the shell there, in a channel of its own.
   * Undefined when another connection has to be tried: the server allows no more channels on this
   * one (`MaxSessions`), or it broke after it had served. Throws `unreachable` when it never
   * served.
   */
  async run(words: readonly string[]): Promise<ChannelStream | undefined> {
    this.#opening += 1;
    clearTimeout(this.#linger);
    try {
      const stream = this.#adopt(await this.#execute(words.join(' ')));
      this.#served = true;
      return stream;
    } catch (error) {
      if (this.#leavesHope(error as ChannelError)) return undefined;
      const text = this.#loss?.message ?? messageOf(error);
      throw new BuildersError('unreachable', text, { cause: error });
    } finally {
      this.#opening -= 1;
      this.#restIfUnused();
    }
  }

  /** Ends the connection and its channels now. */
  end(): void {
    if (this.#ended) return;
    this.#client.end();
    this.#closed();
    this.#socket.destroySoon();
  }

  /** Ends it if it has no channels; otherwise it ends by itself a while after its last one. */
  retire(): void {
    if (this.#channels.size === 0 && this.#opening === 0) this.end();
  }

  #leavesHope({ reason }: ChannelError): boolean {
    if (!this.#socket.writable) this.#closed();
    if (this.#ended) return this.#served;
    // The server may not have noticed yet that channels were closed.
    this.#full = reason !== undefined && (this.#served || this.#opening > 1);
    return this.#full;
  }

  #execute(command: string): Promise<Channel> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error) reject(error);
        else resolve(channel);
      });
    });
  }

  #adopt(channel: Channel): ChannelStream {
    const stream = new ChannelStream(channel, this.#socket, {
      onClose: () => this.#left(stream),
      loss: () => this.#loss?.message,
    });
    this.#channels.add(stream);
    return stream;
  }

  #left(stream: ChannelStream): void {
    this.#channels.delete(stream);
    this.#full = false;
    this.#restIfUnused();
  }

  #restIfUnused(): void {
    clearTimeout(this.#linger);
    if (this.#ended || this.#opening > 0 || this.#channels.size > 0) return;
    this.#linger = setTimeout(() => this.end(), lingerMs).unref();
  }

  #silent(seconds: number): void {
    this.#loss ??= new Error(silenceOf(seconds));
    this.#socket.destroy();
  }

  #closed(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#linger);
    this.#loss ??= new Error('the SSH connection was closed');
    for (const stream of this.#channels) stream.destroy();
    this.onEnd();
  }
}
