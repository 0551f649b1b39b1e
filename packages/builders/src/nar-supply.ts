import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { narFromPath } from '@dispatch/protocol/operations/nar-from-path';
import type { DaemonStore } from './daemon-store.ts';
import { type Deferred, deferred } from './deferred.ts';
import { Semaphore } from './semaphore.ts';
import { verifiedNar } from './verified-nar.ts';
import { unlessAborted } from './waiting.ts';

/** A NAR whose turn has come: small ones are here already, large ones come as they are read. */
interface Supplied {
  readonly nar: AsyncIterable<Uint8Array>;
  /** To be called once it was passed on: frees the memory or the connection that it took. */
  readonly used: () => void;
}

interface Slot {
  readonly info: ValidPathInfo;
  readonly supplied: Deferred<Supplied>;
}

/** Asking for one NAR takes a round trip, so several connections ask ahead of the one being sent. */
const lanes = 4;
/** Only NARs up to this size are read ahead, and only so many bytes of them at a time. */
const smallBytes = 1024 * 1024;
const aheadBytes = 8 * 1024 * 1024;

/**
 * Verified NARs out of one store, in the order of the list. It holds at most eight megabytes of
 * small ones read ahead, and large ones not at all.
 */
export class NarSupply {
  readonly #from: DaemonStore;
  readonly #slots: readonly Slot[];
  readonly #ahead = new Semaphore(aheadBytes);
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  readonly #lanes: readonly Promise<void>[];
  #next = 0;
  #readFailed = false;
  #failure: unknown;

  constructor(from: DaemonStore, infos: readonly ValidPathInfo[], signal: AbortSignal) {
    this.#from = from;
    this.#slots = infos.map((info) => ({ info, supplied: deferred() }));
    this.#signal = signal;
    this.#onAbort = () => this.#stop.abort(signal.reason);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#lanes = infos.slice(0, lanes).map(() => this.#runLane());
  }

  /** Why the source could not supply, where it was that and nothing else; after `close`. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The NARs one after the other; each must be read to its end before the next is asked for. */
  async *inOrder(): AsyncGenerator<{ info: ValidPathInfo; nar: AsyncIterable<Uint8Array> }> {
    try {
      for (const { info, supplied } of this.#slots) {
        const { nar, used } = await supplied.promise;
        try {
          yield { info, nar };
        } finally {
          used();
        }
      }
    } finally {
      this.#end();
    }
  }

  /** Stops reading ahead. To be called in any case, whether all was used or not. */
  async close(): Promise<void> {
    this.#end();
    await Promise.all(this.#lanes);
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#stop.abort(new Error('the copy is over'));
  }

  async #runLane(): Promise<void> {
    try {
      await this.#from.pool.withConnection((connection) => this.#fillSlots(connection), {
        signal: this.#stop.signal,
      });
    } catch (error) {
      if (this.#readFailed || !this.#stop.signal.aborted) this.#failure ??= error;
      // Whatever this lane would still have filled has nobody else to fill it.
      this.#stop.abort(error);
      for (const slot of this.#slots) slot.supplied.reject(error);
    }
  }

  async #fillSlots(connection: DaemonConnection): Promise<void> {
    for (let slot = this.#take(); slot !== undefined; slot = this.#take()) {
      await this.#fill(slot, connection);
    }
  }

  #take(): Slot | undefined {
    if (this.#stop.signal.aborted) return undefined;
    const slot = this.#slots[this.#next];
    this.#next += 1;
    return slot;
  }

  #fill(slot: Slot, connection: DaemonConnection): Promise<void> {
    const { info } = slot;
    const { signal } = this.#stop;
    const claimed = narFromPath(connection, info.path, { signal });
    const nar = this.#noting(verifiedNar(info, claimed, this.#from.name));
    return info.narSize <= smallBytes ? this.#readAhead(slot, nar) : this.#handOver(slot, nar);
  }

  /** Notes that reading failed before the failure has consequences that look like others' doing. */
  async *#noting(nar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* nar;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#readFailed = true;
      throw error;
    }
  }

  // The memory is granted in the order of the list, so that what is wanted next never waits for it.
  async #readAhead(slot: Slot, nar: AsyncIterable<Uint8Array>): Promise<void> {
    const free = await this.#ahead.acquire(slot.info.narSize, this.#stop.signal);
    const pieces: Uint8Array[] = [];
    for await (const piece of nar) pieces.push(piece);
    slot.supplied.resolve({ nar: once(Buffer.concat(pieces)), used: free });
  }

  // The lane stays with a large one until it was read, and ends if that fails.
  async #handOver(slot: Slot, nar: AsyncIterable<Uint8Array>): Promise<void> {
    const read = deferred<void>();
    slot.supplied.resolve({ nar: tellingFailure(nar, read.reject), used: read.resolve });
    await unlessAborted(read.promise, this.#stop.signal, 'reading a path');
  }
}

async function* tellingFailure(
  nar: AsyncIterable<Uint8Array>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* nar;
  } catch (error) {
    onFailure(error);
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
