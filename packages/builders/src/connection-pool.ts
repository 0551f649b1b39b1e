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

/** Makes an error of a broken link name the machine and quote what its carrier reported. */
export type Explain = (error: unknown) => Promise<unknown>;

/**
 * A kept connection that was used less than this long ago is taken to be alive without being asked.
 */
const freshMs = 2000;

/** A kept connection gets this share of a new one's time to answer; after that it is replaced. */
const keptShare = 1 / 3;

/**
 * How long after a dedicated connection is closed its spare is opened: until then its owner has the
 * machine to himself.
 */
const spareAfterMs = 50;

/**
 * Connections opened at the same time. From the tenth unauthenticated one on, an SSH server drops
 * some (`MaxStartups`), and other clients may be connecting too.
 */
const openingAtOnce = 4;

/**
 * Connections to one daemon, kept for the next use. A connection on which anything was cancelled or
 * went wrong may stand in the middle of a message, and the next caller would read the rest of it as
 * an answer. So only connections that are still `usable` are kept; the others are closed.
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

  /** How many connections are open, and how many of these are idle. */
  get size(): { readonly open: number; readonly idle: number } {
    return { open: this.#all.size, idle: this.#idle.size };
  }

  /**
   * Why the last attempt to connect failed, or why the machine is known to be silent; undefined
   * once it has answered again. It spares callers who only want to know whether the machine is up
   * another wait.
   */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Runs `work` on a connection that nobody else uses meanwhile and that has the wanted settings.
   * `signal` only ends the wait for a connection; `work` must pass it on to its own calls.
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
   * Like `withConnection`, for work that yields its results: the connection goes back to the pool
   * after the last of them. `work` applies `explain` to errors thrown while a yielded item is being
   * read, which are outside the reach of this function.
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

  /**
   * Makes the daemon answer once, however recently it was used. Throws the reason if it does not.
   */
  async mustAnswer(signal: AbortSignal): Promise<void> {
    const kept = await this.#checkOut({ signal }, 0);
    this.#checkIn(kept);
  }

  /**
   * A connection that stays with the caller until he calls `close`, for what lives as long as a
   * connection: temporary roots. Nobody used it before, so it holds no roots of others. Starting a
   * daemon takes longer than many builds, so a spare is opened after each `close`.
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
   * Closes all connections, including those in use and those being opened. Their users get an
   * error, and new uses are refused.
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

  /** Watches one use of a connection; the caller must `end` it. */
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

  /** Gives `kept` the wanted settings; opens a new one where there is none or it is dead. */
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
      // It died while idle, and only settings were sent on it: a new connection loses nothing.
      return this.#opened(options);
    }
  }

  #settingsOf({ settings = this.#options.settings }: CheckOutOptions): ClientOptions {
    return settings;
  }

  /** Whether it can be used without sending it anything first, which would cost a round trip. */
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

  /** Opens a connection in advance. Nobody waits for it, so a failure is ignored. */
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

  /** For a broken link, an error that quotes its carrier; any other error is returned as it is. */
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

/** A connection that is lent to one caller, who closes it. */
export interface DedicatedConnection {
  readonly connection: DaemonConnection;
  /** Runs `work` on it; a broken link throws what `withConnection` throws. */
  run<T>(work: (connection: DaemonConnection) => Promise<T>): Promise<T>;
  close(): void;
}
