import type { Duplex } from 'node:stream';
import { CallLog } from './call-log.ts';
import { Door, type Visit } from './http/door.ts';
import { longestBody, readCall } from './http/read-call.ts';
import { bearerToken, readTarget } from './http/target.ts';
import { defaultLimits, type RendezvousLimits } from './limits.ts';
import type { Call } from './meeting/call.ts';
import { type Answer, Meeting } from './meeting/meeting.ts';
import { type Reply, refused } from './meeting/reply.ts';
import type { RendezvousOptions } from './options.ts';
import { alreadyProven, Proofs } from './proof/proofs.ts';

/** Timers may fire a little early: that must not lead to a busy loop. */
const shortestDelayMs = 5;

/**
 * The meeting place of the members of one attempt of a group, from before they start until the
 * verdict. It owns the connections that it is given; once `close()` has resolved nothing of it is
 * left running.
 */
export class Rendezvous {
  readonly #options: RendezvousOptions;
  readonly #limits: RendezvousLimits;
  readonly #meeting: Meeting;
  readonly #proofs: Proofs;
  readonly #log: CallLog;
  readonly #door: Door;
  /** Those who wait for an answer, by the ticket of their call. */
  readonly #callers = new Map<number, (reply: Reply | undefined) => void>();
  #tickets = 0;
  #timer: NodeJS.Timeout | undefined;
  #isFailureKnown = false;
  #isClosed = false;

  /** Throws `bad-member`. */
  constructor(options: RendezvousOptions, limits: RendezvousLimits = defaultLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#meeting = new Meeting(options, limits);
    this.#proofs = new Proofs(options.randomBytes, limits.proofMs);
    this.#log = new CallLog(limits.calls, options.onCall);
    this.#door = new Door(limits, (visit) => this.#receive(visit));
  }

  /**
   * Serves a connection to a member's socket. Whoever is at its other end has yet to prove being
   * the member. Throws `unknown-member`.
   */
  serve(member: string, stream: Duplex): void {
    this.#meeting.mustKnow(member);
    this.#door.serve(member, stream);
  }

  /**
   * Takes a line of a member's build log, which may hold the tag that proves its token. Throws
   * `unknown-member`.
   */
  noteLine(member: string, line: string): void {
    this.#meeting.mustKnow(member);
    if (!this.#proofs.noteLine(member, line)) return;
    this.#log.note(this.#options.now(), member, { type: 'hello' });
  }

  /** All members were started: from now on barriers have a time limit. */
  begin(): void {
    this.#meeting.begin(this.#options.now());
    this.#keepTime();
  }

  /** A member's build has succeeded: it says nothing more. Throws `unknown-member`. */
  finish(member: string): void {
    this.#deliver(this.#meeting.finish(member));
  }

  /**
   * The group has failed, through `member` or something outside: all who wait are told at once. The
   * first reason stays.
   */
  fail(reason: string, member?: string): void {
    this.#isFailureKnown = true;
    this.#deliver(this.#meeting.fail(reason, member));
  }

  /** Ends all connections; answers that were sent have a second to arrive. Never rejects. */
  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    return this.#door.close();
  }

  async #receive(visit: Visit): Promise<Reply | undefined> {
    const { member, request, signal } = visit;
    const target = readTarget(request);
    if ('because' in target) return target;
    if (target.name === 'hello') return this.#hello(member);
    const verdict = await this.#proofs.judge(member, bearerToken(request), signal);
    if (!verdict.counts) return refused('unproven', verdict.line);
    if (!visit.admit()) return refused('too-much', `${member} waits on too many connections`);
    const body = await visit.body(longestBody(target, this.#limits));
    if ('because' in body) return body;
    const call = readCall(target, body);
    return 'because' in call ? call : this.#call(member, call, signal);
  }

  #hello(member: string): Reply {
    const hello = this.#proofs.hello(member);
    if (hello === undefined) return refused('unproven', alreadyProven(member));
    return { type: 'told', lines: [hello.token, hello.tag], value: hello };
  }

  #call(member: string, call: Call, signal: AbortSignal): Promise<Reply | undefined> {
    const atMs = this.#options.now();
    if (!this.#log.note(atMs, member, call)) {
      return Promise.resolve(refused('too-much', `${member} has made too many calls`));
    }
    this.#tickets += 1;
    const ticket = this.#tickets;
    return new Promise((resolve) => {
      this.#callers.set(ticket, resolve);
      signal.addEventListener('abort', () => this.#forget(ticket));
      this.#deliver(this.#meeting.call(ticket, member, call, atMs));
    });
  }

  #forget(ticket: number): void {
    this.#meeting.forget(ticket);
    this.#answer({ ticket, reply: undefined });
  }

  #deliver(answers: readonly Answer[]): void {
    for (const answer of answers) this.#answer(answer);
    this.#keepTime();
    this.#tellFailure();
  }

  #answer({ ticket, reply }: { ticket: number; reply: Reply | undefined }): void {
    const caller = this.#callers.get(ticket);
    this.#callers.delete(ticket);
    caller?.(reply);
  }

  #tellFailure(): void {
    const { failure } = this.#meeting;
    if (failure?.member === undefined || this.#isFailureKnown) return;
    this.#isFailureKnown = true;
    this.#options.onFail(failure.member, failure.reason);
  }

  /** Wakes the meeting when the time of a barrier is over. */
  #keepTime(): void {
    clearTimeout(this.#timer);
    const { deadlineMs } = this.#meeting;
    if (deadlineMs === undefined || this.#isClosed) return;
    const delayMs = Math.max(deadlineMs - this.#options.now(), shortestDelayMs);
    this.#timer = setTimeout(() => {
      this.#deliver(this.#meeting.passTime(this.#options.now()));
    }, delayMs);
  }
}
