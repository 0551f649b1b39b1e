import { messageOf } from '@dispatch/nix/message-of';
import { deferred } from '../deferred.ts';
import type { MachineSocket, SocketWish } from '../machine-socket.ts';
import { notForwarded } from '../sockets/cannot-listen.ts';
import { keeperProgram, SocketKeeper } from '../sockets/socket-keeper.ts';
import { unlessAborted } from '../waiting.ts';
import { channelTransport } from './channel-transport.ts';
import { remoteCommand } from './remote-command.ts';
import type { SshSession } from './ssh-session.ts';

/** After this long without an answer a socket is left to end with its connection. */
const patienceMs = 5000;

/** The sockets on a machine; they share one SSH connection, and one shell that looks after them. */
export class SessionSockets {
  readonly #session: SshSession;
  readonly #keeper: SocketKeeper;
  #inUse = 0;
  #isOver = false;

  private constructor(session: SshSession, keeper: SocketKeeper) {
    this.#session = session;
    this.#keeper = keeper;
    void keeper.ended.then(() => {
      this.#isOver = true;
    });
  }

  /**
   * Starts the shell. Undefined when another SSH connection has to be tried. Throws `unreachable`.
   */
  static async open(session: SshSession): Promise<SessionSockets | undefined> {
    const stream = await session.run(remoteCommand(keeperProgram));
    if (stream === undefined) return undefined;
    const sockets = new SessionSockets(session, new SocketKeeper(channelTransport(stream)));
    setTimeout(() => sockets.#closeUnused(), patienceMs).unref();
    return sockets;
  }

  /** Whether no more sockets can be made: the last was closed, or the connection is gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Makes a socket. Throws `cannot-listen`. */
  async listen(wish: SocketWish): Promise<MachineSocket> {
    this.#inUse += 1;
    try {
      await this.#make(wish);
    } catch (error) {
      void this.#remove(wish.path);
      throw error;
    }
    return this.#socketAt(wish.path);
  }

  async #make({ path, onConnection, signal }: SocketWish): Promise<void> {
    await this.#keeper.prepare(path, signal);
    const made = this.#session.forwarding.add(path, onConnection).catch((error: unknown) => {
      throw notForwarded(path, messageOf(error));
    });
    await unlessAborted(made, signal, `making ${path}`);
    await this.#keeper.open(path, signal);
  }

  #socketAt(path: string): MachineSocket {
    const lost = deferred<Error>();
    let closing: Promise<void> | undefined;
    const remove = (): Promise<void> => {
      closing ??= this.#remove(path);
      return closing;
    };
    void this.#keeper.ended.then((error) => {
      if (closing === undefined) lost.resolve(error);
      return remove();
    });
    return { path, lost: lost.promise, close: remove };
  }

  async #remove(path: string): Promise<void> {
    const limit = AbortSignal.timeout(patienceMs);
    const removed = Promise.allSettled([
      this.#session.forwarding.remove(path),
      this.#keeper.remove(path, limit),
    ]);
    await unlessAborted(removed, limit, `removing ${path}`).catch(() => {});
    this.#inUse -= 1;
    this.#closeUnused();
  }

  /**
   * Ends the shell once no socket uses it. Also called some time after the start, since whoever
   * asked for the first socket may have given up.
   */
  #closeUnused(): void {
    if (this.#inUse > 0) return;
    this.#isOver = true;
    this.#keeper.close();
  }
}
