import { deferred } from '@dispatch/builders/deferred';
import type { AttemptOutcome } from '@dispatch/scheduler/event';
import { cancelledGroup, type GroupCause } from './group-cause.ts';
import type { Member } from './member.ts';

/** As the end of which member the scheduler hears of a cause, whatever that one's build says. */
export interface Teller {
  readonly member: Member;
  readonly outcome: AttemptOutcome;
}

/** What an attempt of a group comes to: it counts, or the first cause puts an end to it. */
export class GroupVerdict {
  readonly #isCommitted = deferred<boolean>();
  /** The scheduler knows of the cause; what follows from that it hears only then. */
  readonly #causeTold = deferred<void>();
  /** Of whom the scheduler was told that they ended well. */
  readonly #passed = new Set<Member>();
  #cause: GroupCause | undefined;
  #teller: Teller | undefined;

  /** What put an end to it; undefined while it may come to something, and when it has. */
  get cause(): GroupCause | undefined {
    return this.#cause;
  }

  /** Whether it counts, as soon as that is known. */
  get isCommitted(): Promise<boolean> {
    return this.#isCommitted.promise;
  }

  hasPassed(member: Member): boolean {
    return this.#passed.has(member);
  }

  /** It ended well before there was a cause: how it ends is not told again. */
  pass(member: Member): void {
    this.#passed.add(member);
  }

  commit(): void {
    this.#isCommitted.resolve(true);
  }

  /** It comes to nothing; where it is no member's end that says so, the scheduler hears of it elsewhere. */
  end(cause: GroupCause, teller?: Teller): void {
    this.#cause = cause;
    this.#teller = teller;
    if (teller === undefined) this.#causeTold.resolve();
    this.#isCommitted.resolve(false);
  }

  /** Who only knew that it was stopped hears why; gives whether that was all that was known. */
  overrule(cause: GroupCause): boolean {
    if (this.#cause !== undefined && this.#cause !== cancelledGroup) return false;
    this.#cause = cause;
    return true;
  }

  /** Reports how a member ended that has not passed, once there is a cause: the teller's end comes first. */
  async tell(member: Member, report: (outcome: AttemptOutcome) => Promise<void>): Promise<void> {
    if (this.#teller?.member === member) {
      await report(this.#teller.outcome);
      this.#causeTold.resolve();
    } else {
      await this.#causeTold.promise;
      await report({ type: 'stopped' });
    }
  }
}
