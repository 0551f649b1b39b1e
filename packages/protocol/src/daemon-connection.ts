import type { ByteStreams } from './byte-streams.ts';
import type { CallOptions } from './call-options.ts';
import type { ClientOptions } from './client-options.ts';
import type { DaemonEvent } from './daemon-event.ts';
import { type DaemonFailure, ProtocolError } from './errors.ts';
import type { Exchange, Exchanges, NarRequest, Request } from './exchange.ts';
import { explained, SourceError } from './explain-error.ts';
import type { Dialect, Feature } from './features.ts';
import { type Greeting, greet } from './handshake.ts';
import { defaultLimits, type WireLimits } from './limits.ts';
import type { OperationName } from './operation-number.ts';
import { newestVersion, type ProtocolVersion, printVersion } from './protocol-version.ts';
import type { ReceivedNar } from './received-nar.ts';
import type { Trust } from './trust.ts';
import { takeNar } from './wire/arriving-nar.ts';
import { cancelBySignal } from './wire/cancel-by-signal.ts';
import { type MessagesEnd, readMessages, takeReplyMark } from './wire/daemon-messages.ts';
import { FramedUpload } from './wire/framed-upload.ts';
import { Link } from './wire/link.ts';
import { PulledUpload } from './wire/pulled-upload.ts';
import { RequestsAhead } from './wire/requests-ahead.ts';
import { sendRequests } from './wire/send-requests.ts';
import type { Upload } from './wire/upload.ts';

export interface OpenOptions {
  /** The version to announce; both sides then speak the older of the two that were announced. */
  readonly maximumVersion?: ProtocolVersion | undefined;
  /** Settings to send before anything is asked of the daemon; without them it keeps its own. */
  readonly settings?: ClientOptions | undefined;
  /** Gives up the greeting; an `AbortSignal.timeout` limits its time. */
  readonly signal?: AbortSignal | undefined;
  /** Whose daemon it is, for messages. */
  readonly name?: string | undefined;
  readonly limits?: WireLimits | undefined;
}

/** Bytes of NARs that make a batch: bounds what is held, and fills a frame of an upload. */
const batchBytes = 64 * 1024;

/** A connection to a greeted daemon. The functions in `operations/` use it, one at a time. */
export class DaemonConnection implements Dialect {
  readonly version: ProtocolVersion;
  readonly features: ReadonlySet<Feature>;
  /** Before protocol 1.33 daemons do not say. */
  readonly nixVersion: string | undefined;
  readonly trust: Trust;
  readonly #link: Link;
  readonly #name: string;
  /** The operation that is under way. */
  #operation: OperationName | undefined;
  /** Whether the next bytes on the wire are those that both sides think they are. */
  #inStep = true;

  private constructor(link: Link, name: string, greeting: Greeting) {
    this.#link = link;
    this.#name = name;
    this.version = greeting.version;
    this.features = greeting.features;
    this.nixVersion = greeting.nixVersion;
    this.trust = greeting.trust;
  }

  /** Greets the daemon at the other end of `streams`, which then belong to the connection. */
  static async open(streams: ByteStreams, options: OpenOptions = {}): Promise<DaemonConnection> {
    const { maximumVersion = newestVersion, name = 'the daemon' } = options;
    const link = new Link(streams, options.limits ?? defaultLimits);
    const release = cancelBySignal(link, options.signal);
    try {
      return new DaemonConnection(link, name, await greet(link, maximumVersion, options.settings));
    } catch (error) {
      link.fail(new ProtocolError('cancelled', 'the greeting failed', { cause: error }));
      throw explained(error, { peer: name });
    } finally {
      release();
    }
  }

  /** False for good once a call was cancelled or the wire broke, and while a call is under way. */
  get usable(): boolean {
    return this.#inStep && this.#operation === undefined && this.#link.failure === undefined;
  }

  /**
   * Milliseconds for which the daemon has owed us a sign of life: a byte, or room for more of ours.
   * 0 while nothing is asked of it.
   */
  get silentMs(): number {
    return this.#operation === undefined ? 0 : this.#link.silentMs;
  }

  /** Ends the connection at once, and with it what the daemon does for it. Safe to call again. */
  close(): void {
    this.#link.fail(new ProtocolError('cancelled', 'the connection was closed'));
  }

  /** Throws `unsupported-operation` unless protocol 1.`minor` was negotiated. For `operations/`. */
  requireVersion(operation: OperationName, minor: number): void {
    if (this.version.minor >= minor) return;
    throw new ProtocolError(
      'unsupported-operation',
      `${this.#name}: ${operation} needs protocol 1.${minor}, the daemon speaks only ` +
        `${printVersion(this.version)}: a newer Nix there would do`,
      { peer: this.#name, operation },
    );
  }

  /** One request with its reply. For `operations/`. */
  async call<Reply>(exchange: Exchange<Reply>, options: CallOptions = {}): Promise<Reply> {
    const end = this.#begin(exchange.operation, options.signal);
    try {
      return await this.#carryOut(exchange, options);
    } catch (error) {
      throw explained(error, { peer: this.#name, operation: exchange.operation });
    } finally {
      end();
    }
  }

  /**
   * Many requests, written ahead of their replies. Ends at the first that the daemon refuses, and
   * closes the connection then unless no other request is on its way. For `operations/`.
   */
  async callMany<Replies extends readonly unknown[]>(
    exchanges: Exchanges<Replies>,
    options: CallOptions = {},
  ): Promise<Replies> {
    const all: readonly Exchange<unknown>[] = exchanges;
    const [first] = all;
    if (first === undefined) return [] as readonly unknown[] as Replies;
    let { operation } = first;
    const end = this.#begin(operation, options.signal);
    try {
      const ahead = new RequestsAhead(this.#link, all);
      const replies: unknown[] = [];
      for (const exchange of all) {
        operation = exchange.operation;
        const told = this.#answerOf(ahead, options);
        if (told !== undefined) await told;
        const reply = this.#link.read(exchange.reply(this.#link.input));
        replies.push(reply instanceof Promise ? await reply : reply);
        ahead.noteAnswer();
      }
      this.#inStep = true;
      return replies as readonly unknown[] as Replies;
    } catch (error) {
      throw explained(error, { peer: this.#name, operation });
    } finally {
      end();
    }
  }

  /**
   * As `callMany`, for requests whose replies are NARs without a length before them: yields
   * together those that have arrived. A NAR that has not arrived in full is the last of its batch,
   * and must be read to its end before the next batch is asked for. For `operations/`.
   */
  async *receiveNars(
    requests: readonly NarRequest[],
    options: CallOptions = {},
  ): AsyncGenerator<readonly ReceivedNar[]> {
    const [first] = requests;
    if (first === undefined) return;
    const { operation } = first;
    const explain = (error: unknown): unknown => explained(error, { peer: this.#name, operation });
    const end = this.#begin(operation, options.signal);
    try {
      const ahead = new RequestsAhead(this.#link, requests);
      while (!ahead.done) yield await this.#narsAtHand(ahead, options, explain);
      this.#inStep = true;
    } catch (error) {
      throw explain(error);
    } finally {
      end();
    }
  }

  /**
   * Takes the connection for one operation; returns the function that gives it back, or closes it
   * if the operation was not carried out to its end.
   */
  #begin(operation: OperationName, signal: AbortSignal | undefined): () => void {
    this.#refuseUnlessUsable(operation);
    this.#operation = operation;
    this.#inStep = false;
    const release = cancelBySignal(this.#link, signal);
    return () => {
      release();
      this.#operation = undefined;
      if (this.#inStep) return;
      this.#link.fail(new ProtocolError('cancelled', 'it was given up before its end'));
    };
  }

  #refuseUnlessUsable(operation: OperationName): void {
    const context = { peer: this.#name, operation };
    if (this.#operation !== undefined) {
      const busy = `${this.#name}: ${operation} while ${this.#operation} is under way`;
      throw new ProtocolError('connection-busy', busy, context);
    }
    if (this.#link.failure !== undefined) {
      throw explained(this.#link.failure, context);
    }
    if (this.#link.input.buffered > 0) {
      const failure = new ProtocolError('bad-reply', 'the daemon sent more than was asked for');
      this.#link.fail(failure);
      throw explained(failure, context);
    }
  }

  async #carryOut<Reply>(exchange: Exchange<Reply>, options: CallOptions): Promise<Reply> {
    sendRequests(this.#link, [exchange]);
    const upload = exchange.data === undefined ? undefined : this.#startUpload(exchange.data);
    const messages = await this.#readMessagesBeside(upload, options);
    if (messages.type === 'failed') this.#inStep = true;
    if (upload?.sourceError !== undefined) {
      if (messages.type === 'reply') await this.#readReply(exchange);
      throw new SourceError(upload.sourceError.error);
    }
    if (messages.type === 'failed') throw this.#daemonError(messages.failure);
    return this.#readReply(exchange);
  }

  #startUpload(data: AsyncIterable<Uint8Array>): Upload {
    return this.version.minor >= 23
      ? new FramedUpload(this.#link, data)
      : new PulledUpload(this.#link, data);
  }

  async #readMessagesBeside(
    upload: Upload | undefined,
    options: CallOptions,
  ): Promise<Exclude<MessagesEnd, { type: 'wanted' }>> {
    try {
      return await this.#readMessages(options, upload);
    } finally {
      await upload?.finish();
    }
  }

  async #readMessages(
    { onEvent = ignore }: CallOptions,
    upload: Upload | undefined,
  ): Promise<Exclude<MessagesEnd, { type: 'wanted' }>> {
    for (;;) {
      const end = await this.#link.read(readMessages(this.#link.input, this.version, onEvent));
      if (end.type !== 'wanted') return end;
      if (upload === undefined) throw unwantedRequest();
      await upload.answer(end.bytes);
    }
  }

  /** Reads messages up to the next answer; returns a promise unless that has arrived already. */
  #answerOf(
    ahead: RequestsAhead<Request>,
    { onEvent = ignore }: CallOptions,
  ): Promise<void> | undefined {
    ahead.writeAhead();
    if (takeReplyMark(this.#link.input)) return undefined;
    const end = this.#link.read(readMessages(this.#link.input, this.version, onEvent));
    if (end instanceof Promise) return end.then((later) => this.#mustBeAnswer(ahead, later));
    this.#mustBeAnswer(ahead, end);
    return undefined;
  }

  #mustBeAnswer(ahead: RequestsAhead<Request>, end: MessagesEnd): void {
    if (end.type === 'reply') return;
    if (end.type === 'wanted') throw unwantedRequest();
    ahead.noteAnswer();
    this.#inStep = ahead.isIdle;
    throw this.#daemonError(end.failure);
  }

  async #narsAtHand(
    ahead: RequestsAhead<NarRequest>,
    options: CallOptions,
    explain: (error: unknown) => unknown,
  ): Promise<readonly ReceivedNar[]> {
    const nars: ReceivedNar[] = [];
    let bytes = 0;
    do {
      const told = this.#answerOf(ahead, options);
      if (told !== undefined) await told;
      const nar = takeNar(this.#link, { size: ahead.next?.size, explain });
      nars.push(nar);
      ahead.noteAnswer();
      if (!(nar instanceof Uint8Array)) break;
      bytes += nar.length;
    } while (!ahead.done && this.#link.input.buffered > 0 && bytes < batchBytes);
    return nars;
  }

  async #readReply<Reply>(exchange: Exchange<Reply>): Promise<Reply> {
    const reply = await this.#link.read(exchange.reply(this.#link.input));
    this.#inStep = true;
    return reply;
  }

  #daemonError(failure: DaemonFailure): ProtocolError {
    return new ProtocolError('daemon-error', failure.message, { daemon: failure });
  }
}

function unwantedRequest(): ProtocolError {
  return new ProtocolError('bad-reply', 'the daemon asks for data where there is none');
}

function ignore(_event: DaemonEvent): void {
  // For callers who want no events: they are read and dropped.
}
