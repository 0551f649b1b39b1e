import {
  type ClientOptions,
  canReplaceOptions,
  isSameOptions,
} from '@dispatch/protocol/client-options';
import { uptimeMs } from '@dispatch/protocol/wire/uptime';
import type { DaemonLink } from './daemon-link.ts';
import type { PoolOptions } from './pool-options.ts';

/** A connection that is kept for the next use. */
export interface KeptConnection {
  readonly link: DaemonLink;
  readonly openedAt: number;
  /** The settings that its daemon has. */
  settings: ClientOptions;
  /** When it was last in use. */
  usedAt: number;
  /** Whether nobody has used it yet, so that its daemon holds nothing for anybody. */
  isUnused: boolean;
}

/** The connections of a pool that wait for work, until they are too old. */
export class IdleConnections {
  readonly #options: Pick<PoolOptions, 'maximumAgeSeconds' | 'maximumIdle'>;
  readonly #discard: (kept: KeptConnection) => void;
  /**
   * Unused ones first, the most recently used last. The last is taken first, so that surplus ones
   * grow old and expire.
   */
  readonly #kept: KeptConnection[] = [];
  readonly #expiries = new Map<KeptConnection, NodeJS.Timeout>();

  /** `discard` is called to close a connection that is not kept any longer. */
  constructor(
    options: Pick<PoolOptions, 'maximumAgeSeconds' | 'maximumIdle'>,
    discard: (kept: KeptConnection) => void,
  ) {
    this.#options = options;
    this.#discard = discard;
  }

  get size(): number {
    return this.#kept.length;
  }

  get hasUnused(): boolean {
    return this.#kept.some(({ isUnused }) => isUnused);
  }

  /** Keeps a connection, unless it is too old or `maximumIdle` are kept already. */
  add(kept: KeptConnection): void {
    const left = this.#secondsLeft(kept);
    if (left <= 0 || this.#kept.length >= this.#options.maximumIdle) return this.#discard(kept);
    kept.usedAt = uptimeMs();
    if (kept.isUnused) this.#kept.unshift(kept);
    else this.#kept.push(kept);
    this.#expiries.set(kept, setTimeout(() => this.#discard(kept), left * 1000).unref());
  }

  /**
   * Takes a connection for these settings: preferably one that has them already, else the most
   * recently used one on which they can replace the old ones.
   */
  takeFor(settings: ClientOptions): KeptConnection | undefined {
    return this.#take(() => {
      const same = this.#kept.findLast((kept) => isSameOptions(kept.settings, settings));
      return same ?? this.#kept.findLast((kept) => canReplaceOptions(kept.settings, settings));
    });
  }

  takeUnused(): KeptConnection | undefined {
    return this.#take(() => this.#kept.find(({ isUnused }) => isUnused));
  }

  /** Forgets a connection; does nothing for one that is not kept. */
  remove(kept: KeptConnection): void {
    clearTimeout(this.#expiries.get(kept));
    this.#expiries.delete(kept);
    const index = this.#kept.indexOf(kept);
    if (index !== -1) this.#kept.splice(index, 1);
  }

  /** Takes what `find` finds; discards a connection that is broken or too old and finds again. */
  #take(find: () => KeptConnection | undefined): KeptConnection | undefined {
    for (let kept = find(); kept !== undefined; kept = find()) {
      this.remove(kept);
      kept.isUnused = false;
      if (kept.link.connection.usable && this.#secondsLeft(kept) > 0) return kept;
      this.#discard(kept);
    }
    return undefined;
  }

  #secondsLeft({ openedAt }: KeptConnection): number {
    return this.#options.maximumAgeSeconds - (uptimeMs() - openedAt) / 1000;
  }
}
