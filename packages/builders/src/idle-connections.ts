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
  /** Its daemon holds nothing yet for anybody. */
  isUnused: boolean;
}

/** The connections of a pool that wait for work, until they are too old. */
export class IdleConnections {
  readonly #options: Pick<PoolOptions, 'maximumAgeSeconds' | 'maximumIdle'>;
  readonly #discard: (kept: KeptConnection) => void;
  /** Unused ones first, the most recently used last: that is taken first, and the others may grow old. */
  readonly #kept: KeptConnection[] = [];
  readonly #expiries = new Map<KeptConnection, NodeJS.Timeout>();

  /** `discard` ends one that waits no longer. */
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

  /** Keeps one, unless it is too old or there are enough. */
  add(kept: KeptConnection): void {
    const left = this.#secondsLeft(kept);
    if (left <= 0 || this.#kept.length >= this.#options.maximumIdle) return this.#discard(kept);
    kept.usedAt = uptimeMs();
    if (kept.isUnused) this.#kept.unshift(kept);
    else this.#kept.push(kept);
    this.#expiries.set(kept, setTimeout(() => this.#discard(kept), left * 1000).unref());
  }

  /** Rather one that has these settings already than the one that was used last. */
  takeFor(settings: ClientOptions): KeptConnection | undefined {
    return this.#take(() => {
      const same = this.#kept.findLast((kept) => isSameOptions(kept.settings, settings));
      return same ?? this.#kept.findLast((kept) => canReplaceOptions(kept.settings, settings));
    });
  }

  takeUnused(): KeptConnection | undefined {
    return this.#take(() => this.#kept.find(({ isUnused }) => isUnused));
  }

  /** Safe to call for one that does not wait. */
  remove(kept: KeptConnection): void {
    clearTimeout(this.#expiries.get(kept));
    this.#expiries.delete(kept);
    const index = this.#kept.indexOf(kept);
    if (index !== -1) this.#kept.splice(index, 1);
  }

  /** What `find` finds, unless it is lost or too old: then what it finds next. */
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
