import type { RendezvousLimits } from '../limits.ts';
import type { Connection } from './connection.ts';

/**
 * The connections to one member's socket. Anybody on its machine may open some. So those that have
 * not proven anything displace each other, and never the connections of the member itself.
 */
export class Doorway {
  readonly #limits: RendezvousLimits;
  /** Oldest first. */
  readonly #connections = new Set<Connection>();

  constructor(limits: RendezvousLimits) {
    this.#limits = limits;
  }

  enter(connection: Connection): void {
    const strangers = [...this.#connections].filter(({ isKnown }) => !isKnown);
    if (strangers.length >= this.#limits.strangers) this.#cut(strangers[0]);
    this.#connections.add(connection);
    connection.stream.once('close', () => this.#connections.delete(connection));
  }

  /**
   * Counts a connection as the member's own, since its token is valid. False when there is no room,
   * because calls of the member wait on all of them.
   */
  admit(connection: Connection): boolean {
    if (connection.isKnown) return true;
    const known = [...this.#connections].filter(({ isKnown }) => isKnown);
    if (known.length >= this.#limits.connections) {
      const idle = known.find(({ isBusy }) => !isBusy);
      if (idle === undefined) return false;
      this.#cut(idle);
    }
    connection.isKnown = true;
    return true;
  }

  /** Resolves when all have ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.end()));
  }

  /** Forgets it at once rather than on `close`, which some streams take their time for. */
  #cut(connection: Connection | undefined): void {
    if (connection === undefined) return;
    this.#connections.delete(connection);
    connection.stream.destroy();
  }
}
