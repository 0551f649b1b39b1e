import type { RendezvousLimits } from '../limits.ts';
import type { Connection } from './connection.ts';

/**
 * The connections to one member's socket. Anybody on that machine may make some, so those that have
 * not proven anything make room for each other, and never take that of the member itself.
 */
export class Doorway {
  readonly #limits: RendezvousLimits;
  /** The oldest first. */
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

  /** The connection's token counts. False when there is no room, since the member waits on all of them. */
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

  /** Gone at once, for the sake of streams that take their time to close. */
  #cut(connection: Connection | undefined): void {
    if (connection === undefined) return;
    this.#connections.delete(connection);
    connection.stream.destroy();
  }
}
