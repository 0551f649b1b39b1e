import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RendezvousLimits } from '../limits.ts';
import type { Refusal, Reply } from '../meeting/reply.ts';
import { Connection } from './connection.ts';
import { Doorway } from './doorway.ts';
import { readBody } from './read-body.ts';
import { complaint, respond } from './respond.ts';

/** One request that is being answered. */
export interface Visit {
  /** The member whose socket it came to; whether the caller is that member is not known yet. */
  readonly member: string;
  readonly request: IncomingMessage;
  /** Aborted when nobody reads the answer any longer. */
  readonly signal: AbortSignal;
  /**
   * To be called when the caller has proven to be the member: from now on its connection counts
   * among the member's own. False when there is no room for it.
   */
  readonly admit: () => boolean;
  readonly body: (longest: number) => Promise<Buffer | Refusal>;
}

/** Answers a request; undefined for one that nobody waits for any more. */
export type OnVisit = (visit: Visit) => Promise<Reply | undefined>;

interface Entry {
  readonly member: string;
  readonly doorway: Doorway;
  readonly connection: Connection;
}

/** Speaks HTTP/1.1 over connections that others accept, on this machine or another. */
export class Door {
  readonly #limits: RendezvousLimits;
  readonly #onVisit: OnVisit;
  readonly #server: Server;
  readonly #doorways = new Map<string, Doorway>();
  readonly #entries = new WeakMap<Duplex, Entry>();
  #isClosed = false;

  constructor(limits: RendezvousLimits, onVisit: OnVisit) {
    this.#limits = limits;
    this.#onVisit = onVisit;
    const take = (request: IncomingMessage, response: ServerResponse): void =>
      this.#take(request, response);
    // `Connection` has the time limits: those of Node's server only work where it listens itself.
    this.#server = createServer({ maxHeaderSize: limits.headerBytes, keepAliveTimeout: 0 }, take)
      .on('checkContinue', take)
      .on('clientError', (error, stream) => this.#complain(error, stream));
  }

  /** Answers the requests that come over a connection, to its end. */
  serve(member: string, stream: Duplex): void {
    const connection = new Connection(stream);
    if (this.#isClosed || stream.destroyed) {
      stream.destroy();
      return;
    }
    const doorway = this.#doorway(member);
    this.#entries.set(stream, { member, doorway, connection });
    doorway.enter(connection);
    connection.within(this.#limits.transferMs);
    this.#server.emit('connection', stream);
  }

  /** Ends all connections; answers that are being sent have a second to arrive. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#doorways.values()].map((doorway) => doorway.close()));
  }

  #doorway(member: string): Doorway {
    const doorway = this.#doorways.get(member) ?? new Doorway(this.#limits);
    this.#doorways.set(member, doorway);
    return doorway;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const entry = this.#entries.get(request.socket);
    // A second request before the first was answered is refused: queueing it would need another
    // limit.
    if (entry === undefined || entry.connection.isBusy || this.#isClosed) {
      request.socket.destroy();
      return;
    }
    const { connection } = entry;
    connection.isBusy = true;
    connection.withoutHurry();
    response.once('close', () => this.#rest(connection));
    void this.#answer(entry, request, response);
  }

  async #answer(
    { member, doorway, connection }: Entry,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const admit = (): boolean => doorway.admit(connection);
    const body = (longest: number): Promise<Buffer | Refusal> =>
      this.#read(request, response, longest);
    try {
      const reply = await this.#onVisit({ member, request, signal: gone.signal, admit, body });
      if (reply === undefined || gone.signal.aborted) return;
      connection.within(this.#limits.transferMs);
      respond(request, response, reply);
    } catch {
      connection.stream.destroy();
    }
  }

  /**
   * Reads the body. A client that sent `Expect: 100-continue` is asked for it only now, when its
   * limit is known.
   */
  #read(
    request: IncomingMessage,
    response: ServerResponse,
    longest: number,
  ): Promise<Buffer | Refusal> {
    const body = readBody(request, longest, this.#limits.transferMs);
    if (request.headers.expect !== undefined) response.writeContinue();
    return body;
  }

  /** After an answer a member may keep its connection; others have to send a request soon. */
  #rest(connection: Connection): void {
    connection.isBusy = false;
    if (this.#isClosed) connection.stream.end();
    else if (connection.isKnown) connection.withoutHurry();
    else connection.within(this.#limits.transferMs);
  }

  #complain(error: NodeJS.ErrnoException, stream: Duplex): void {
    const connection = this.#entries.get(stream)?.connection;
    if (connection === undefined || connection.isBusy || !stream.writable) {
      stream.destroy();
      return;
    }
    const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
    stream.end(complaint(isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request'));
    void connection.end();
  }
}
