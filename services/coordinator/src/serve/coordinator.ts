import { randomUUID } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { listening } from '@dispatch/builders/sockets/listening';
import type { Steering } from '@dispatch/engine/farm/steering';
import { messageOf } from '@dispatch/nix/message-of';
import { CoordinatorError } from '../errors.ts';
import type { Greeting } from '../messages/answer.ts';
import type { Version } from '../messages/version.ts';
import { claimPlace, placeHolder } from '../place/claim.ts';
import { type Place, preparePlace, socketOf } from '../place/place.ts';
import { withShortPath } from '../place/short-path.ts';
import { carryOut } from '../runs/carry-out.ts';
import { Journal } from '../runs/journal.ts';
import { RunBook } from '../runs/run-book.ts';
import type { WorldSource } from '../runs/world-source.ts';
import { Withdrawals } from '../steering/withdrawals.ts';
import { ClientSession } from './client-session.ts';
import { IdleEnd } from './idle-end.ts';

/** The coordinator's log, for troubleshooting. */
export interface CoordinatorLog {
  info(facts: object, what: string): void;
  warn(facts: object, what: string): void;
}

/** What a coordinator needs. */
export interface CoordinatorOptions {
  readonly place: Place;
  readonly version: Version;
  readonly worlds: WorldSource;
  readonly log: CoordinatorLog;
  /** Milliseconds after which it ends when nobody wants anything; `Infinity` for never. */
  readonly idleMs: number;
  /** A socket to the command that started it. */
  readonly starter?: Socket | undefined;
}

/** The process that builds for all commands that use one ledger. */
export class Coordinator {
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly #options: CoordinatorOptions;
  readonly #journal: Journal;
  readonly #withdrawals: Withdrawals;
  readonly #book: RunBook;
  readonly #idle: IdleEnd;
  readonly #server: Server;
  readonly #instance = randomUUID();
  #sessions = 0;
  #wasGreeted = false;
  #resolveEnded: (() => void) | undefined;

  private constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.#journal = new Journal(options.place);
    this.#withdrawals = Withdrawals.open(options.place, (file, why) => {
      options.log.warn({ file, why }, 'it is not known which machines are out of use');
    });
    this.#idle = new IdleEnd(options.idleMs, () => this.end('nobody wanted anything'));
    this.#book = new RunBook({
      journal: this.#journal,
      carryOut: (run) => carryOut(run, options.worlds),
      onUnwritten: (run, reason) => {
        options.log.warn({ run, reason }, 'the state of a run could not be written');
      },
      onChange: () => this.#count(),
    });
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  /**
   * Claims the place, resumes the runs that an earlier coordinator left there, and listens. Throws
   * `held` where there is a coordinator already, and `bad-place`.
   */
  static async start(options: CoordinatorOptions): Promise<Coordinator> {
    const { place } = options;
    preparePlace(place);
    if (!claimPlace(place)) throw heldPlace(place);
    const coordinator = new Coordinator(options);
    await coordinator.#resume();
    await coordinator.#listen();
    if (options.starter !== undefined) coordinator.#welcome(options.starter);
    return coordinator;
  }

  /** Ends at once; the next coordinator resumes the runs that are under way. */
  end(why: string): void {
    const { log, place, worlds } = this.#options;
    log.info({ running: this.#book.running }, `ending: ${why}`);
    rmSync(socketOf(place), { force: true });
    // A command that is just connecting turns to the next coordinator.
    this.#server.close();
    void this.#book
      .close()
      .then(() => worlds.close())
      .finally(() => this.#resolveEnded?.());
  }

  async #resume(): Promise<void> {
    const { log, worlds } = this.#options;
    for (const { builder, withdrawal } of this.#withdrawals.all) worlds.steer(builder, withdrawal);
    const left = await this.#journal.takeUp((file, why) => {
      log.warn({ file, why }, 'a run that was left behind is not resumed');
    });
    for (const opening of left) {
      log.info({ run: opening.id }, 'resuming a run that was left behind');
      this.#book.resume(opening);
    }
  }

  async #listen(): Promise<void> {
    const path = socketOf(this.#options.place);
    // A leftover of a killed coordinator, since this one holds the place now.
    rmSync(path, { force: true });
    await withShortPath(path, (short) => listening(this.#server, short));
    chmodSync(path, 0o600);
    this.#server.on('error', (error) => {
      this.#options.log.warn({ reason: messageOf(error) }, 'cannot take a connection');
    });
  }

  #welcome(socket: Socket): void {
    const { version, log } = this.#options;
    this.#sessions += 1;
    this.#count();
    void new ClientSession(socket, {
      book: this.#book,
      version,
      greeting: () => this.#greeting(),
      builders: () => this.#options.worlds.builders,
      steer: (builders, steering) => this.#steer(builders, steering),
      end: () => this.#endIfIdle(),
      now: Date.now,
      onClose: (fault) => {
        if (fault !== undefined) log.warn({ reason: fault.message }, 'hung up on a command');
        this.#sessions -= 1;
        this.#count();
        if (socket === this.#options.starter) this.#endIfNeedless();
      },
    });
  }

  async #steer(builders: readonly string[], steering: Steering): Promise<void> {
    const { log, worlds } = this.#options;
    await this.#withdrawals.note(builders, steering, Date.now());
    log.info({ builders }, `told to ${steering}`);
    for (const builder of builders) worlds.steer(builder, steering);
  }

  #greeting(): Greeting {
    const { version } = this.#options;
    const { running } = this.#book;
    this.#wasGreeted = true;
    return { type: 'hello', version, pid: process.pid, instance: this.#instance, running };
  }

  #endIfIdle(): void {
    const { running } = this.#book;
    if (running > 0) {
      throw new CoordinatorError(
        'other-version',
        `the coordinator is still busy, with runs: ${running}`,
      );
    }
    setImmediate(() => this.end('another version takes its place'));
  }

  /** Ends a coordinator that was started in advance by a command that turned out to need none. */
  #endIfNeedless(): void {
    const isWanted = this.#wasGreeted || this.#sessions + this.#book.running > 0;
    if (!isWanted) this.end('it was started for a command that wanted nothing');
  }

  #count(): void {
    this.#idle.wanted = this.#sessions + this.#book.running;
  }
}

function heldPlace(place: Place): CoordinatorError {
  const holder = placeHolder(place);
  return new CoordinatorError(
    'held',
    `a coordinator runs already (process ${holder ?? 'unknown'}) for ${place.ledger}; ` +
      `commands use that one, 'kill ${holder ?? 'PID'}' ends it`,
  );
}
