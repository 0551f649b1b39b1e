import type { Socket } from 'node:net';
import type { Steering } from '@dispatch/engine/farm/steering';
import { CoordinatorError } from '../errors.ts';
import type { Answer, Greeting } from '../messages/answer.ts';
import { helloSchema } from '../messages/hello.ts';
import { longestRequest, type Request, requestSchema } from '../messages/request.ts';
import { isSameVersion, type Version } from '../messages/version.ts';
import { toWireError } from '../messages/wire-error.ts';
import type { KnownRun } from '../runs/known-run.ts';
import type { RunBook } from '../runs/run-book.ts';
import { MessageSocket } from '../wire/message-socket.ts';
import { RunFeed } from './run-feed.ts';

/** What a session needs. */
export interface SessionOptions {
  readonly book: RunBook;
  readonly greeting: () => Greeting;
  /** The URIs of all machines that are in use. */
  readonly builders: () => readonly string[];
  /** Writes the steering to disk, then applies it. */
  readonly steer: (builders: readonly string[], steering: Steering) => Promise<void>;
  readonly version: Version;
  /** Ends the coordinator. Throws while a run is under way. */
  readonly end: () => void;
  readonly now: () => number;
  /** Called when the session is over, for whatever reason. */
  readonly onClose: (fault: Error | undefined) => void;
}

/**
 * A session with one command at the other end of a socket. Its messages are handled one after the
 * other. An invalid one ends this session only.
 */
export class ClientSession {
  readonly #options: SessionOptions;
  readonly #socket: MessageSocket;
  readonly #feeds: RunFeed[] = [];
  /** Runs to stop when the command is gone. */
  readonly #owned: KnownRun[] = [];
  #version: Version | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(socket: Socket, options: SessionOptions) {
    this.#options = options;
    this.#socket = new MessageSocket(socket, longestRequest);
    this.#socket.listen({
      message: (value) => {
        this.#done = this.#done.then(() => this.#take(value));
      },
      closed: (fault) => {
        this.#done = this.#done.then(() => this.#close(fault));
      },
    });
  }

  async #take(value: unknown): Promise<void> {
    try {
      if (this.#version === undefined) return this.#greet(value);
      const parsed = requestSchema.safeParse(value);
      if (!parsed.success) throw badRequest(parsed.error.message);
      await this.#answer(parsed.data);
    } catch (error) {
      this.#send({ type: 'refused', error: toWireError(error) });
      this.#socket.end();
    }
  }

  #greet(value: unknown): void {
    const parsed = helloSchema.safeParse(value);
    this.#send(this.#options.greeting());
    if (!parsed.success) throw badRequest(parsed.error.message);
    this.#version = parsed.data.version;
  }

  async #answer(request: Request): Promise<void> {
    if (request.type === 'end') {
      this.#options.end();
      this.#send({ type: 'ending' });
      return;
    }
    this.#assertSameVersion();
    const { book, now } = this.#options;
    switch (request.type) {
      case 'build': {
        const { run: id, order, detached, since } = request;
        const run = await book.start({ id, order, detached, startedAt: now() });
        this.#send({ type: 'accepted', run: id });
        if (!detached) this.#owned.push(run);
        return this.#follow(run, since);
      }
      case 'watch':
        return this.#follow(book.get(request.run), request.since);
      case 'cancel':
        book.cancel(request.run);
        return this.#send({ type: 'cancelling', run: request.run });
      case 'status':
        return this.#send({ type: 'status', runs: book.statuses });
      case 'why-here':
        return this.#send({ type: 'why-here', ...book.placeOf(request.step) });
      case 'machines':
        return this.#send({ type: 'machines', builders: this.#options.builders() });
      case 'steer':
        await this.#options.steer(request.builders, request.steering);
        return this.#send({ type: 'steered' });
    }
  }

  /** Refuses another version, whose messages may mean something else. */
  #assertSameVersion(): void {
    const { version } = this.#options;
    if (this.#version !== undefined && isSameVersion(this.#version, version)) return;
    throw new CoordinatorError('other-version', `the coordinator is dispatch ${version.release}`);
  }

  #follow(run: KnownRun, since: number): void {
    const feed = new RunFeed(run, this.#socket);
    this.#feeds.push(feed);
    feed.begin(since);
  }

  #send(answer: Answer): void {
    this.#socket.send(answer);
  }

  #close(fault: Error | undefined): void {
    for (const feed of this.#feeds) feed.close();
    const isDropped = this.#feeds.some(({ dropped }) => dropped);
    if (!isDropped) for (const run of this.#owned) run.cancel();
    this.#options.onClose(fault);
  }
}

function badRequest(why: string): CoordinatorError {
  return new CoordinatorError('bad-message', `that is no request: ${why}`);
}
