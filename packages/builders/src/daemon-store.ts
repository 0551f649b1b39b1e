import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import { type ClientOptions, defaultClientOptions } from '@dispatch/protocol/client-options';
import { queryPathInfos } from '@dispatch/protocol/operations/query-path-info';
import { queryValidPaths } from '@dispatch/protocol/operations/query-valid-paths';
import type { ProtocolVersion } from '@dispatch/protocol/protocol-version';
import type { Trust } from '@dispatch/protocol/trust';
import { askOnce } from './ask-once.ts';
import { ConnectionPool } from './connection-pool.ts';
import { type LinkTarget, openLink } from './daemon-link.ts';
import { askOffer, type DaemonOffer } from './daemon-offer.ts';
import { type DaemonSettings, daemonSettings } from './daemon-settings.ts';
import { Deliveries } from './deliveries.ts';
import { freeSpace } from './free-space.ts';
import type { Machine } from './machine.ts';
import type { MachineSocket, OnConnection } from './machine-socket.ts';
import { openCarrier } from './open-carrier.ts';
import { RunRoots } from './run-roots.ts';
import { listenAt } from './sockets/listen.ts';
import { type StoreAddress, storeAddress } from './store-address.ts';
import { startTimeLimit } from './time-limit.ts';
import { findTrust } from './trust.ts';
import { unlessAborted } from './waiting.ts';

export interface StoreOptions {
  /** Seconds until a machine that does not answer counts as unreachable. */
  readonly connectSeconds?: number;
  /** Seconds without a sign of life, except in builds, after which a machine counts as lost. */
  readonly silentSeconds?: number;
  /** Seconds after which a kept connection is not used again. */
  readonly maximumAgeSeconds?: number;
  readonly maximumIdle?: number;
  /** The daemon's settings, unless a check-out asks for others. */
  readonly settings?: ClientOptions;
  /** Where `NIX_SSHOPTS`, `NIX_DAEMON_SOCKET_PATH` and the variables of `ssh` itself are read. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ValidPathsOptions extends QueryOptions {
  /** Let the daemon fetch what it lacks from its own substituters. */
  readonly substitute?: boolean;
}

/** The daemon that serves a store. */
export interface DaemonFacts {
  readonly version: ProtocolVersion;
  /** Undefined where the daemon is too old to say (before Nix 2.7). */
  readonly nixVersion: string | undefined;
  readonly trust: Trust;
}

/** Paths in one question, so that neither side holds more than about a megabyte for it. */
const pathsPerQuestion = 4000;

/** One store behind a Nix daemon: a builder's, or the hub's. */
export class DaemonStore {
  /** The store's URI. */
  readonly name: string;
  /** Whether the store, with its garbage collector's roots, is on another machine. */
  readonly isRemote: boolean;
  /** The daemon's settings, unless a check-out asks for others. */
  readonly settings: ClientOptions;
  readonly pool: ConnectionPool;
  /** The paths that are being copied into it right now, by any copy of this process. */
  readonly deliveries: Deliveries;
  readonly #address: StoreAddress;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #target: LinkTarget;
  readonly #silentSeconds: number;
  readonly #facts = askOnce(() => this.#askFacts());
  readonly #offer = askOnce(() => this.#askOffer());
  readonly #settings = askOnce(() => this.#askSettings());
  readonly #closing = new AbortController();

  /** Does not connect; the first use does. Throws `bad-store-uri`. */
  constructor(
    of: string | Pick<Machine, 'uri' | 'sshKey' | 'publicHostKey'>,
    options: StoreOptions = {},
  ) {
    const name = typeof of === 'string' ? of : of.uri;
    const connectSeconds = options.connectSeconds ?? 15;
    const environment = options.environment ?? process.env;
    const maximumAgeSeconds = options.maximumAgeSeconds ?? 900;
    const silentSeconds = options.silentSeconds ?? 300;
    this.#address = storeAddress(of);
    this.#environment = environment;
    const carrierOptions = { connectSeconds, maximumAgeSeconds, environment };
    const carrier = openCarrier(this.#address, carrierOptions);
    const target = { name, address: this.#address, connectSeconds, carrier };
    this.#target = target;
    this.#silentSeconds = silentSeconds;
    this.name = name;
    this.isRemote = target.address.kind === 'ssh';
    this.settings = options.settings ?? defaultClientOptions;
    this.deliveries = new Deliveries();
    this.pool = new ConnectionPool({
      name,
      open: (settings, signal) => openLink(target, settings, signal),
      settings: this.settings,
      answerSeconds: connectSeconds,
      silentSeconds,
      maximumAgeSeconds,
      maximumIdle: options.maximumIdle ?? 16,
    });
  }

  /**
   * The daemon's version and whether it trusts us. It is asked once for all callers, and again
   * after a failure; the signal ends only this caller's wait.
   */
  facts({ signal }: QueryOptions = {}): Promise<DaemonFacts> {
    return unlessAborted(this.#facts(), signal, `asking ${this.name}`);
  }

  /**
   * The systems and features that the daemon itself names, where it trusts us and tells them. Asked
   * once, as `facts` is.
   */
  offer({ signal }: QueryOptions = {}): Promise<DaemonOffer | undefined> {
    return unlessAborted(this.#offer(), signal, `asking ${this.name}`);
  }

  /**
   * Bytes that are free on the store's file system; undefined where that cannot be known from here.
   */
  freeSpace(signal: AbortSignal): Promise<number | undefined> {
    return freeSpace(this.#address, this.#target.carrier, signal);
  }

  /**
   * The build settings in the nix.conf of its machine; undefined where they cannot be known from
   * here. Asked once, as `facts` is.
   */
  daemonSettings(signal: AbortSignal): Promise<DaemonSettings | undefined> {
    return unlessAborted(this.#settings(), signal, `asking ${this.name}`);
  }

  /**
   * Makes a Unix socket on the store's machine, such as in a folder below /run, and passes its
   * connections to `onConnection`. Throws `cannot-listen` with what to allow there, `unreachable`
   * or `cancelled`. The signal only ends the making.
   */
  listen(path: string, onConnection: OnConnection, signal: AbortSignal): Promise<MachineSocket> {
    return listenAt(this.#target, { path, onConnection, signal });
  }

  /**
   * The given paths that the store has: the very strings that were passed in, to save memory when a
   * thousand stores are asked about the same paths.
   */
  async validPaths(
    paths: readonly StorePath[],
    options: ValidPathsOptions = {},
  ): Promise<Set<StorePath>> {
    const valid = new Set<StorePath>();
    if (paths.length === 0) return valid;
    const { substitute = false, signal } = options;
    await this.pool.withConnection(async (connection) => {
      for (let at = 0; at < paths.length; at += pathsPerQuestion) {
        const asked = paths.slice(at, at + pathsPerQuestion);
        const question = { paths: asked, substitute };
        const found = new Set(await queryValidPaths(connection, question, { signal }));
        for (const path of asked) if (found.has(path)) valid.add(path);
      }
    }, options);
    return valid;
  }

  /** What the store knows of each path; a path that it does not have is not in the answer. */
  async pathInfos(
    paths: readonly StorePath[],
    options: QueryOptions = {},
  ): Promise<Map<StorePath, ValidPathInfo>> {
    if (paths.length === 0) return new Map();
    const infos = await this.pool.withConnection(
      (connection) => queryPathInfos(connection, paths, options),
      options,
    );
    const known = infos.filter((info) => info !== undefined);
    return new Map(known.map((info) => [info.path, info]));
  }

  /** What the store knows of one path; undefined when it does not have it. */
  async pathInfo(path: StorePath, options: QueryOptions = {}): Promise<ValidPathInfo | undefined> {
    return (await this.pathInfos([path], options)).get(path);
  }

  /** The roots of one run in this store. The caller closes them. */
  holdRoots(): RunRoots {
    return new RunRoots(this);
  }

  /** Closes all connections; calls in progress on them fail. */
  close(): void {
    this.#closing.abort(new Error('the store was closed'));
    this.pool.close();
    this.#target.carrier.close();
  }

  #askFacts(): Promise<DaemonFacts> {
    return this.pool.withConnection(async (connection) => {
      const { version, nixVersion } = connection;
      return { version, nixVersion, trust: await findTrust(connection) };
    });
  }

  async #askOffer(): Promise<DaemonOffer | undefined> {
    const { trust } = await this.#facts();
    return trust === 'trusted' ? askOffer(this.pool) : undefined;
  }

  /**
   * Needs a time limit of its own: a pool watches only its own connections for silence, and this
   * question goes to a program.
   */
  async #askSettings(): Promise<DaemonSettings | undefined> {
    const environment = this.#environment;
    const limit = startTimeLimit(this.#silentSeconds, this.#closing.signal);
    try {
      const { signal } = limit;
      return await daemonSettings(this.#address, this.#target.carrier, { environment, signal });
    } finally {
      limit.end();
    }
  }
}
