import type { RendezvousLimits } from '../limits.ts';
import type { Call } from './call.ts';
import { rulesOf } from './call-rules.ts';
import { whatNeverComes } from './never-comes.ts';
import { type Refusal, type Reply, refused } from './reply.ts';
import { emptyState, type Failure, type MeetingFacts, type MeetingState } from './state.ts';

/** The answer to the call with this ticket. */
export interface Answer {
  readonly ticket: number;
  readonly reply: Reply;
}

/** A call that is not answered yet. */
export interface Waiting {
  readonly member: string;
  readonly call: Call;
}

/**
 * What the members of a group have said to each other, and who waits for what. It has no clock and
 * does no I/O: its methods are told each event with its time, and return the answers that this
 * leads to.
 */
export class Meeting {
  readonly #state: MeetingState;
  readonly #waiting = new Map<number, Waiting>();

  /** Throws `bad-member`. */
  constructor(facts: MeetingFacts, limits: RendezvousLimits) {
    this.#state = emptyState(facts, limits);
  }

  get failure(): Failure | undefined {
    return this.#state.failure;
  }

  /** When `passTime` should be called, if nothing else happens before. */
  get deadlineMs(): number | undefined {
    return this.failure === undefined ? this.#state.barriers.deadlineMs : undefined;
  }

  /** Throws `unknown-member`. */
  mustKnow(member: string): void {
    this.#state.roster.get(member);
  }

  /** Takes a member's call. Its answer may be among those returned, or come later. */
  call(ticket: number, member: string, call: Call, atMs: number): Answer[] {
    const refusal =
      this.#closed(member, call) ?? rulesOf(call).take?.(this.#state, member, call, atMs);
    if (refusal !== undefined) return [{ ticket, reply: refusal }];
    this.#waiting.set(ticket, { member, call });
    return this.#settle();
  }

  /** Nobody waits for the call's answer any more. Its effect stays. */
  forget(ticket: number): void {
    this.#waiting.delete(ticket);
  }

  /** All members have started. */
  begin(atMs: number): void {
    this.#state.barriers.begin(atMs);
  }

  /** A member's build has succeeded. Throws `unknown-member`. */
  finish(member: string): Answer[] {
    this.#state.left.add(this.#state.roster.get(member).name);
    return this.#settle();
  }

  /** The group has failed. The first reason stays. */
  fail(reason: string, member: string | undefined): Answer[] {
    this.#state.failure ??= { member, reason };
    return this.#settle();
  }

  passTime(atMs: number): Answer[] {
    const { barriers, facts } = this.#state;
    const late = barriers.overdue(atMs);
    if (late === undefined) return [];
    const [first, ...others] = barriers.missing(late);
    const seconds = facts.barrierMs / 1000;
    const alsoLate = others.length === 0 ? '' : `; nor did ${others.join(', ')}`;
    return this.fail(`did not come to barrier ${late.id} within ${seconds} s${alsoLate}`, first);
  }

  /** Why the member may not make this call any more. */
  #closed(member: string, call: Call): Refusal | undefined {
    if (this.failure !== undefined) return this.#failed(this.failure);
    if (call.type === 'commit' || !this.#state.left.has(member)) return undefined;
    return refused('conflict', `${member} has committed: nothing can follow that`);
  }

  /** Answers the calls that need not wait any more; all, if one waits for what cannot come. */
  #settle(): Answer[] {
    const answers = this.#ready();
    if (this.failure !== undefined) return answers;
    this.#state.failure = whatNeverComes(this.#state, this.#waiting.values());
    return this.failure === undefined ? answers : [...answers, ...this.#ready()];
  }

  #ready(): Answer[] {
    const answers: Answer[] = [];
    for (const [ticket, { member, call }] of this.#waiting) {
      const reply = this.#replyTo(member, call);
      if (reply === undefined) continue;
      this.#waiting.delete(ticket);
      answers.push({ ticket, reply });
    }
    return answers;
  }

  #replyTo(member: string, call: Call): Reply | undefined {
    const { failure } = this;
    // The `fail` call itself is answered as usual.
    if (failure !== undefined && call.type !== 'fail') return this.#failed(failure);
    return rulesOf(call).reply(this.#state, member, call);
  }

  #failed({ member, reason }: Failure): Refusal {
    const who = member === undefined ? '' : `${member}: `;
    return refused('failed', `group ${this.#state.facts.group} has failed: ${who}${reason}`);
  }
}
