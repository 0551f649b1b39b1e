import type { Request } from '../exchange.ts';
import type { Link } from './link.ts';
import { sendRequests } from './send-requests.ts';

/**
 * How many requests may be unanswered: a hundred kilobytes or so, and thousands of answers a second
 * from a machine that is far away.
 */
const window = 1024;

/**
 * Writes requests ahead of their answers, which a daemon gives one after the other, so that many of
 * them take little more than one round trip.
 */
export class RequestsAhead<Wanted extends Request> {
  readonly #link: Link;
  readonly #requests: readonly Wanted[];
  #written = 0;
  #answered = 0;

  constructor(link: Link, requests: readonly Wanted[]) {
    this.#link = link;
    this.#requests = requests;
  }

  /** Whether every request was written and answered. */
  get done(): boolean {
    return this.#answered === this.#requests.length;
  }

  /** The request whose answer comes next. */
  get next(): Wanted | undefined {
    return this.#requests[this.#answered];
  }

  /** Whether no request is on its way. */
  get isIdle(): boolean {
    return this.#answered === this.#written;
  }

  /** Writes more requests when few are unanswered. To be called before each answer is read. */
  writeAhead(): void {
    const isEnough = this.#written - this.#answered > window / 2;
    if (isEnough || this.#written === this.#requests.length) return;
    const next = this.#requests.slice(this.#written, this.#answered + window);
    this.#written += next.length;
    sendRequests(this.#link, next);
  }

  /** To be called when an answer was read to its end. */
  noteAnswer(): void {
    this.#answered += 1;
  }
}
