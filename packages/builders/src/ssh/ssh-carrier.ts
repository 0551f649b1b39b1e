import { askOnce } from '../ask-once.ts';
import { BuildersError } from '../errors.ts';
import type { MachineSocket, SocketWish } from '../machine-socket.ts';
import { listenHere } from '../sockets/listen-here.ts';
import { startTimeLimit } from '../time-limit.ts';
import type { Carrier, CarrierOptions, Transport } from '../transport.ts';
import { unlessAborted } from '../waiting.ts';
import { beyondSsh2 } from './beyond-ssh2.ts';
import type { ChannelStream } from './channel-stream.ts';
import { channelTransport } from './channel-transport.ts';
import { findIdentities } from './find-identities.ts';
import { gatherHostKeys } from './host-key-knowledge.ts';
import { logIn } from './login.ts';
import { daemonCommand, isThisMachine, remoteCommand, runHere } from './remote-command.ts';
import { SessionSockets } from './session-sockets.ts';
import type { SshAddress } from './ssh-address.ts';
import { readSshConfiguration, type SshConfiguration } from './ssh-configuration.ts';
import { SshSession } from './ssh-session.ts';
import { loadSsh2 } from './ssh2-library.ts';
import { openSystemSsh } from './system-ssh.ts';
import { listenBySystemSsh } from './system-ssh-socket.ts';
import { connectSocket, ReadMemory } from './tcp-socket.ts';

/** How to connect to a machine: by the library, or by the system's `ssh`. */
type Way =
  | { readonly by: 'ssh2'; readonly configuration: SshConfiguration }
  | { readonly by: 'system' };

/**
 * The carrier to a daemon behind SSH. Transports are channels of one SSH connection, or of several
 * where the server limits its channels. Where the machine's configuration asks for something that
 * only the system's `ssh` can do, each transport is an `ssh` process.
 */
export class SshCarrier implements Carrier {
  readonly #address: SshAddress;
  readonly #options: CarrierOptions;
  readonly #sessions = new Set<SshSession>();
  readonly #way = askOnce(() => chooseWay(this.#address, this.#options));
  readonly #closing = new AbortController();
  #connecting: Promise<SshSession> | undefined;
  #sockets: Promise<SessionSockets> | undefined;

  constructor(address: SshAddress, options: CarrierOptions) {
    this.#address = address;
    this.#options = options;
  }

  open(signal?: AbortSignal): Promise<Transport> {
    return this.run(daemonCommand(this.#address), signal);
  }

  async run(words: readonly string[], signal?: AbortSignal): Promise<Transport> {
    if (isThisMachine(this.#address)) return runHere(words, this.#options.environment);
    const way = await unlessAborted(this.#way(), signal, this.#doing);
    if (way.by === 'system') return openSystemSsh(this.#address, this.#options, { words });
    for (;;) {
      const session = await this.#session(way.configuration, signal);
      const opened = session.run(remoteCommand(words));
      const stream = await orDestroyed(opened, signal, this.#doing);
      if (stream !== undefined) return channelTransport(stream);
    }
  }

  async listen(wish: SocketWish): Promise<MachineSocket> {
    const closing = this.#closing.signal;
    if (isThisMachine(this.#address)) return listenHere({ ...wish, closing });
    const way = await unlessAborted(this.#way(), wish.signal, this.#doing);
    if (way.by === 'system')
      return listenBySystemSsh(this.#address, this.#options, { ...wish, closing });
    for (;;) {
      const opening = this.#sharedSockets(way.configuration);
      const sockets = await unlessAborted(opening, wish.signal, this.#doing);
      if (!sockets.isOver) return sockets.listen(wish);
      if (this.#sockets === opening) this.#sockets = undefined;
    }
  }

  close(): void {
    this.#closing.abort(new Error('the connections were closed'));
    for (const session of this.#sessions) session.end();
  }

  get #doing(): string {
    return `connecting to ${this.#address.host}`;
  }

  #roomySession(): SshSession | undefined {
    for (const session of this.#sessions) {
      if (session.ageSeconds >= this.#options.maximumAgeSeconds) session.retire();
      else if (session.hasRoom) return session;
    }
    return undefined;
  }

  async #session(configuration: SshConfiguration, signal?: AbortSignal): Promise<SshSession> {
    const roomy = this.#roomySession();
    return roomy ?? unlessAborted(this.#newSession(configuration), signal, this.#doing);
  }

  /** All sockets share one connection, for as long as there are any. */
  #sharedSockets(configuration: SshConfiguration): Promise<SessionSockets> {
    this.#sockets ??= this.#openSockets(configuration).catch((error: unknown) => {
      this.#sockets = undefined;
      throw error;
    });
    return this.#sockets;
  }

  async #openSockets(configuration: SshConfiguration): Promise<SessionSockets> {
    for (;;) {
      const sockets = await SessionSockets.open(await this.#session(configuration));
      if (sockets !== undefined) return sockets;
    }
  }

  /** Logs in once at a time: callers that need a session meanwhile wait for the same one. */
  #newSession(configuration: SshConfiguration): Promise<SshSession> {
    this.#connecting ??= this.#connect(configuration).finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(configuration: SshConfiguration): Promise<SshSession> {
    const seconds = configuration.count('connecttimeout', this.#options.connectSeconds);
    const limit = startTimeLimit(seconds, this.#closing.signal);
    try {
      const session = await logInAnew(this.#address, configuration, this.#options, limit.signal);
      this.#sessions.add(session);
      session.onEnd = () => this.#sessions.delete(session);
      if (this.#closing.signal.aborted) session.end();
      return session;
    } finally {
      limit.end();
    }
  }
}

async function chooseWay(address: SshAddress, options: CarrierOptions): Promise<Way> {
  const wish = options.environment['DISPATCH_SSH'] ?? '';
  if (wish === 'system') return { by: 'system' };
  if (wish !== '' && wish !== 'ssh2') throw new BuildersError('bad-ssh-option', badWish(wish));
  const configuration = await readSshConfiguration(address, options);
  const beyond = beyondSsh2(configuration, await gatherHostKeys(address, configuration));
  return beyond.length === 0 ? { by: 'ssh2', configuration } : { by: 'system' };
}

function badWish(wish: string): string {
  return `DISPATCH_SSH is '${wish}': use 'ssh2' (the default) or 'system'`;
}

async function logInAnew(
  address: SshAddress,
  configuration: SshConfiguration,
  { environment }: CarrierOptions,
  signal: AbortSignal,
): Promise<SshSession> {
  // The server gets ready while the library loads, which takes at least as long.
  const memory = new ReadMemory();
  const connecting = connectSocket(configuration, memory, signal);
  const [socket, ssh2, hostKeys] = await Promise.all([
    connecting,
    loadSsh2(),
    gatherHostKeys(address, configuration),
  ]);
  const identities = await findIdentities(ssh2, configuration, environment);
  const client = await logIn({ ssh2, socket, memory, configuration, hostKeys, identities }, signal);
  return new SshSession(client, socket, configuration);
}

/** Waits for a channel; if the caller gives up, closes the channel once it opens. */
async function orDestroyed(
  opened: Promise<ChannelStream | undefined>,
  signal: AbortSignal | undefined,
  doing: string,
): Promise<ChannelStream | undefined> {
  try {
    return await unlessAborted(opened, signal, doing);
  } catch (error) {
    void opened.then((stream) => stream?.destroy()).catch(() => {});
    throw error;
  }
}
