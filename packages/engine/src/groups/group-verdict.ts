import { deferred } from '@dispatch/builders/deferred';
import type { AttemptOutcome } from '@dispatch/scheduler/event';
import { cancelledGroup, type GroupCause } from './group-cause.ts';
import type { Member } from './member.ts';

/** The member as whose end the scheduler hears of a cause, whatever that member's own build says. */
export interface Teller {
  readonly member: Member;
  readonly outcome: AttemptOutcome;
}

/** The verdict on an attempt of a group: it is committed, or the first cause ends it. */
export class GroupVerdict {
  readonly #isCommitted = deferred<boolean>();
  /** Resolved once the scheduler knows of the cause; it hears of the consequences only then. */
  readonly #causeTold = deferred<void>();
  /** The members of which the scheduler was told that they ended well. */
  readonly #passed = new Set<Member>();
  #cause: GroupCause | undefined;
  #teller: Teller | undefined;

  /** Why it did not succeed; undefined while it still may, and once it is committed. */
  get cause(): GroupCause | undefined {
    return this.#cause;
  }

  /** Resolves to whether it counts, as soon as that is known. */
  get isCommitted(): Promise<boolean> {
    return this.#isCommitted.promise;
  }

  hasPassed(member: Member): boolean {
    return this.#passed.has(member);
  }

  /** Notes that a member ended well before there was a cause: how it ends is not told again. */
  pass(member: Member): void {
    this.#passed.add(member);
  }

  commit(): void {
    this.#isCommitted.resolve(true);
  }

  /** Ends it without success. Without a teller, the scheduler hears of that in another way. */
  end(cause: GroupCause, teller?: Teller): void {
    this.#cause = cause;
    this.#teller = teller;
    if (teller === undefined) this.#causeTold.resolve();
    this.#isCommitted.resolve(false);
  }

  /** Replaces the cause where all that was known was that it was stopped. Returns whether that was so. */
  overrule(cause: GroupCause): boolean {
    if (this.#cause !== undefined && this.#cause !== cancelledGroup) return false;
    this.#cause = cause;
    return true;
  }

  /**
   * Once there is a cause, reports the end of a member that has not passed: the teller's first,
   * then others as stopped.
   */
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
