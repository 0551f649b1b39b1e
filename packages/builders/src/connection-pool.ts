import { messageOf } from '@dispatch/nix/message-of';
import { type ClientOptions, isSameOptions } from '@dispatch/protocol/client-options';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { isProtocolError } from '@dispatch/protocol/errors';
import { setOptions } from '@dispatch/protocol/operations/set-options';
import { uptimeMs } from '@dispatch/protocol/wire/uptime';
import type { DaemonLink } from './daemon-link.ts';
import { BuildersError, cancelled, throwIfCancelled } from './errors.ts';
import { IdleConnections, type KeptConnection } from './idle-connections.ts';
import type { CheckOutOptions, PoolOptions } from './pool-options.ts';
import { Semaphore } from './semaphore.ts';
import { watchSilence } from './silence-watch.ts';
import { tellsOfSilence } from './ssh/silence.ts';
import { startTimeLimit } from './time-limit.ts';
import { eitherOf } from './waiting.ts';

/** Makes an error of a link tell which machine was lost, and what was heard of it. */
export type Explain = (error: unknown) => Promise<unknown>;

/** So long after its last use a connection is taken to be alive without being asked. */
const freshMs = 2000;

/** Of the time that a new connection may take: what a kept one may take to answer, else a new one is made. */
const keptShare = 1 / 3;

/** Whoever ended what had a connection of its own has the machine to himself for so long. */
const spareAfterMs = 50;

/** An SSH server drops strangers from the tenth on (`MaxStartups`); others may be knocking too. */
const openingAtOnce = 4;

/**
 * Connections to one daemon, kept for the next use. A connection on which anything was cancelled or
 * went wrong may stand in the middle of a message, and the next caller would take the rest of it
 * for an answer: so only what says that it is usable is kept, and the rest is closed.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #opening = new Semaphore(openingAtOnce);
  readonly #all = new Set<KeptConnection>();
  readonly #idle: IdleConnections;
  readonly #closing = new AbortController();
  #fault: string | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#idle = new IdleConnections(options, (kept) => this.#discard(kept));
  }

  /** How many connections are open, and how many of these wait for work. */
  get size(): { readonly open: number; readonly idle: number } {
    return { open: this.#all.size, idle: this.#idle.size };
  }

  /**
   * Why the machine could not be reached when that was last tried, or why it is known to be silent;
   * undefined once it has answered again. Whoever only wants to know whether it is there need not
   * wait for the same once more.
   */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Runs `work` on a connection of its own, whose settings are what was asked for. `signal` stops
   * the waiting for a connection; for what `work` does with it, pass it on to each call.
   */
  async withConnection<T>(
    work: (connection: DaemonConnection) => Promise<T>,
    options: CheckOutOptions = {},
  ): Promise<T> {
    const kept = await this.#checkOut(options);
    try {
      return await this.#watched(kept, work, options.mayBeSilent);
    } finally {
      this.#checkIn(kept);
    }
  }

  /**
   * The same for what comes bit by bit: the connection is given back when the last bit was taken.
   * `explain` is for errors that come out of a bit itself: it makes them tell what this throws.
   */
  async *iterate<T>(
    work: (connection: DaemonConnection, explain: Explain) => AsyncIterable<T>,
    options: CheckOutOptions = {},
  ): AsyncGenerator<T> {
    const kept = await this.#checkOut(options);
    const watch = this.#watch(kept, options.mayBeSilent);
    try {
      yield* work(kept.link.connection, watch.explain);
      this.#fault = undefined;
    } catch (error) {
      throw await watch.explain(error);
    } finally {
      watch.end();
      this.#checkIn(kept);
    }
  }

  /** Asks for a sign of life, however fresh the last one is. Throws why there is none. */
  async mustAnswer(signal: AbortSignal): Promise<void> {
    const kept = await this.#checkOut({ signal }, 0);
    this.#checkIn(kept);
  }

  /**
   * A connection that stays with the caller, who closes it by `close`. For what lasts as long as a
   * connection: temporary roots. Nobody used it before, so that no others end with it. A daemon takes
   * longer to start than many a build: so the next one is made ready when one is over.
   */
  async dedicated(options: CheckOutOptions = {}): Promise<DedicatedConnection> {
    const kept = await this.#readied(this.#idle.takeUnused(), options);
    const { connection } = kept.link;
    return {
      connection,
      run: (work) => this.#watched(kept, work),
      close: () => {
        if (connection.usable) setTimeout(() => this.#openSpare(), spareAfterMs).unref();
        this.#discard(kept);
      },
    };
  }

  /**
   * Closes everything, that in use and that still being made, too. Whoever uses one gets an error; new
   * uses are refused.
   */
  close(): void {
    this.#closing.abort();
    for (const kept of this.#all) this.#discard(kept);
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #watched<T>(
    kept: KeptConnection,
    work: (connection: DaemonConnection) => Promise<T>,
    mayBeSilent?: boolean,
  ): Promise<T> {
    const watch = this.#watch(kept, mayBeSilent);
    try {
      const result = await work(kept.link.connection);
      this.#fault = undefined;
      return result;
    } catch (error) {
      throw await watch.explain(error);
    } finally {
      watch.end();
    }
  }

  /** For one use of a connection, which must `end` it. */
  #watch(kept: KeptConnection, mayBeSilent = false): { readonly explain: Explain; end(): void } {
    const seconds = mayBeSilent ? Infinity : this.#options.silentSeconds;
    const watch = watchSilence(kept.link.connection, seconds);
    return {
      explain: async (error) =>
        watch.passed() ? this.#silent(error) : this.#explained(kept, error),
      end: () => watch.end(),
    };
  }

  #silent(cause: unknown): BuildersError {
    const { name, silentSeconds } = this.#options;
    const text = `lost the connection to ${name}: no sign of life for ${silentSeconds} s`;
    return new BuildersError('connection-lost', text, { builder: name, cause });
  }

  async #checkOut(options: CheckOutOptions, unaskedMs: number = freshMs): Promise<KeptConnection> {
    throwIfCancelled(options.signal, `asking ${this.#options.name}`);
    return this.#readied(this.#idle.takeFor(this.#settingsOf(options)), options, unaskedMs);
  }

  /** The connection with the settings that were asked for, or a new one where there is none, or it is dead. */
  async #readied(
    kept: KeptConnection | undefined,
    options: CheckOutOptions,
    unaskedMs: number = freshMs,
  ): Promise<KeptConnection> {
    if (kept === undefined) return this.#opened(options);
    try {
      if (this.#isReady(kept, options, unaskedMs)) return kept;
      await this.#configure(kept, options);
      return kept;
    } catch (error) {
      this.#discard(kept);
      if (options.signal?.aborted) throw error;
      // It died while nobody used it, and nothing but settings was sent: a new one is as good.
      return this.#opened(options);
    }
  }

  #settingsOf({ settings = this.#options.settings }: CheckOutOptions): ClientOptions {
    return settings;
  }

  /** Whether to tell it anything before its use would only cost a way there and back. */
  #isReady(
    { settings, usedAt }: KeptConnection,
    options: CheckOutOptions,
    unaskedMs: number,
  ): boolean {
    const isFresh = uptimeMs() - usedAt < unaskedMs;
    return isFresh && isSameOptions(settings, this.#settingsOf(options));
  }

  async #opened(options: CheckOutOptions): Promise<KeptConnection> {
    const release = await this.#opening.acquire(1, options.signal);
    try {
      throwIfCancelled(options.signal, `connecting to ${this.#options.name}`);
      if (this.#closed) throw this.#closedError();
      const settings = this.#settingsOf(options);
      const link = await this.#link(settings, options.signal);
      const openedAt = uptimeMs();
      const kept = { link, openedAt, settings, usedAt: openedAt, isUnused: false };
      if (this.#closed) {
        this.#discard(kept);
        throw this.#closedError();
      }
      this.#all.add(kept);
      return kept;
    } finally {
      release();
    }
  }

  async #link(settings: ClientOptions, signal: AbortSignal | undefined): Promise<DaemonLink> {
    const either = eitherOf(this.#closing.signal, signal);
    try {
      const link = await this.#options.open(settings, either.signal);
      this.#fault = undefined;
      return link;
    } catch (error) {
      if (this.#closed) throw this.#closedError(error);
      if (!signal?.aborted) this.#fault = messageOf(error);
      throw error;
    } finally {
      either.end();
    }
  }

  async #configure(kept: KeptConnection, options: CheckOutOptions): Promise<void> {
    const limit = startTimeLimit(this.#options.answerSeconds * keptShare, options.signal);
    const settings = this.#settingsOf(options);
    try {
      await setOptions(kept.link.connection, settings, { signal: limit.signal });
      kept.settings = settings;
      this.#fault = undefined;
    } catch (error) {
      this.#discard(kept);
      if (this.#closed) throw this.#closedError();
      if (options.signal?.aborted) throw cancelled(options.signal, `asking ${this.#options.name}`);
      throw await this.#explained(kept, error);
    } finally {
      limit.end();
    }
  }

  #checkIn(kept: KeptConnection): void {
    if (kept.link.connection.usable && this.#all.has(kept)) this.#idle.add(kept);
    else this.#discard(kept);
  }

  /** Nobody waits for it, and nobody need know if it cannot be had. */
  #openSpare(): void {
    if (this.#closed || this.#idle.hasUnused) return;
    const checkIn = (kept: KeptConnection): void => {
      kept.isUnused = true;
      this.#checkIn(kept);
    };
    this.#opened({}).then(checkIn, () => {});
  }

  #discard(kept: KeptConnection): void {
    this.#all.delete(kept);
    this.#idle.remove(kept);
    kept.link.connection.close();
  }

  /** A broken link told with what its carrier said; any other error as it is. */
  async #explained(kept: KeptConnection, error: unknown): Promise<unknown> {
    if (this.#closed) return this.#closedError(error);
    const ours = isProtocolError(error, 'connection-lost') && error.peer === this.#options.name;
    if (!ours) return error;
    const own = messageOf(error).replace(`${error.peer}: `, '');
    const heard = (await kept.link.complaint()) || own;
    const text = `lost the connection to ${this.#options.name}: ${heard}`;
    if (tellsOfSilence(heard)) this.#fault = text;
    return new BuildersError('connection-lost', text, {
      builder: this.#options.name,
      cause: error,
    });
  }

  #closedError(cause?: unknown): BuildersError {
    return new BuildersError('cancelled', `the connections to ${this.#options.name} were closed`, {
      builder: this.#options.name,
      cause,
    });
  }
}

/** A connection out of a pool's turn; the caller closes it. */
export interface DedicatedConnection {
  readonly connection: DaemonConnection;
  /** Does something on it; a broken link is told as `withConnection` tells it. */
  run<T>(work: (connection: DaemonConnection) => Promise<T>): Promise<T>;
  close(): void;
}
