import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoordinatorError } from '../errors.ts';
import { type Answer, asAnswer, type Greeting, longestAnswer } from '../messages/answer.ts';
import type { Request } from '../messages/request.ts';
import type { Version } from '../messages/version.ts';
import { placeHolder } from '../place/claim.ts';
import { type Place, socketOf } from '../place/place.ts';
import { withShortPath } from '../place/short-path.ts';
import { MessageSocket } from '../wire/message-socket.ts';

/** Even a coordinator that has just been started on a busy machine greets sooner than this. */
const helloMs = 30_000;

/** A connection to a coordinator that has greeted. */
export class CoordinatorConnection {
  readonly greeting: Greeting;
  readonly #socket: MessageSocket;
  readonly #arrived: Answer[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #fault: Error | undefined;

  private constructor(socket: MessageSocket, greeting: Greeting) {
    this.#socket = socket;
    this.greeting = greeting;
  }

  /**
   * Connects and greets; undefined where nobody listens. Throws `silent` if the coordinator says
   * nothing, and `bad-message`.
   */
  static async open(place: Place, version: Version): Promise<CoordinatorConnection | undefined> {
    const socket = await connected(place);
    return socket && CoordinatorConnection.greet(socket, place, version);
  }

  /** Greets over a socket to a coordinator; undefined if it hangs up. Throws as `open` does. */
  static async greet(
    socket: Socket,
    place: Place,
    version: Version,
  ): Promise<CoordinatorConnection | undefined> {
    const messages = new MessageSocket(socket, longestAnswer);
    messages.send({ type: 'hello', version });
    const greeting = await greetingOn(messages, place);
    if (greeting === undefined) return undefined;
    const connection = new CoordinatorConnection(messages, greeting);
    connection.#listen();
    return connection;
  }

  send(request: Request): void {
    this.#socket.send(request);
  }

  /**
   * Its messages, refusals included, until it hangs up. Throws `bad-message` for an invalid one or
   * one that is too long: asking again would get the same.
   */
  async *answers(): AsyncGenerator<Answer> {
    for (;;) {
      for (let next = this.#arrived.shift(); next !== undefined; next = this.#arrived.shift()) {
        yield next;
      }
      if (this.#fault instanceof CoordinatorError) throw this.#fault;
      if (this.#closed) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#socket.end();
  }

  #listen(): void {
    const wake = (): void => this.#wake?.();
    this.#socket.listen({
      message: (value) => {
        this.#arrived.push(asAnswer(value));
        wake();
      },
      closed: (fault) => {
        this.#closed = true;
        this.#fault = fault;
        wake();
      },
    });
  }
}

const nobodyThere: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ECONNREFUSED']);

function connected(place: Place): Promise<Socket | undefined> {
  return withShortPath(socketOf(place), (path) => {
    const socket = connect(path);
    return new Promise((resolve, reject) => {
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(socket);
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (nobodyThere.has(error.code)) resolve(undefined);
        else reject(error);
      });
    });
  });
}

/** The coordinator's greeting; undefined if it hung up first, since it was about to end. */
async function greetingOn(socket: MessageSocket, place: Place): Promise<Greeting | undefined> {
  const waiting = new AbortController();
  const heard = new Promise<Greeting | undefined>((resolve, reject) => {
    socket.listen({
      message: (value) => {
        const answer = asAnswer(value);
        if (answer.type === 'hello') resolve(answer);
        else reject(new CoordinatorError('bad-message', `it greets with ${answer.type}`));
      },
      closed: (fault) => {
        if (fault instanceof CoordinatorError) reject(fault);
        else resolve(undefined);
      },
    });
  });
  const silence = sleep(helloMs, undefined, { signal: waiting.signal }).then(() => {
    socket.destroy();
    throw silent(place);
  });
  try {
    return await Promise.race([heard, silence]);
  } finally {
    waiting.abort();
    silence.catch(() => {});
  }
}

function silent(place: Place): CoordinatorError {
  const pid = placeHolder(place);
  const who = pid === undefined ? 'the coordinator' : `the coordinator (process ${pid})`;
  const what =
    pid === undefined ? '' : `; 'kill -9 ${pid}' ends it, and its runs go on in a new one`;
  return new CoordinatorError('silent', `${who} has said nothing for ${helloMs / 1000} s${what}`);
}
