import type { Duplex } from 'node:stream';
import { RendezvousError } from './errors.ts';
import type { RendezvousOptions } from './options.ts';

/**
 * Where the members of one attempt of a group meet, from before they start until the verdict. It
 * owns the connections it is given, and after `close()` nothing of it is left running.
 */
export class Rendezvous {
  readonly #options: RendezvousOptions;

  constructor(options: RendezvousOptions) {
    this.#options = options;
  }

  /** A connection to that member's socket. Whoever it is has yet to prove it. */
  serve(member: string, stream: Duplex): void {
    this.#mustKnow(member);
    stream.destroy();
  }

  /** A line of that member's build log: it may hold the tag that proves its token. */
  noteLine(member: string, _line: string): void {
    this.#mustKnow(member);
  }

  /** All members were started: from here on barriers have a time limit. */
  begin(): void {}

  /** That member's build has ended well: the others no longer wait for it at the commit barrier. */
  finish(member: string): void {
    this.#mustKnow(member);
  }

  /** The group has failed, by that member or by something outside: whoever waits is told at once. The first reason stays. */
  fail(_reason: string, _member?: string): void {}

  /** Answers nobody any more and ends all connections. What was answered before still arrives. */
  close(): void {}

  #mustKnow(member: string): void {
    if (this.#options.members.some(({ name }) => name === member)) return;
    throw new RendezvousError(
      'unknown-member',
      `group ${this.#options.group} has no member ${member}`,
    );
  }
}
