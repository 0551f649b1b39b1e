import { deferred } from '@dispatch/builders/deferred';
import { codeOf } from '@dispatch/builders/errors';
import { timerMs } from '@dispatch/builders/time-limit';
import { trustAdvice } from '@dispatch/builders/trust';
import { unlessAborted } from '@dispatch/builders/waiting';
import { messageOf } from '@dispatch/nix/message-of';
import type { AttemptOutcome, SchedulerEvent } from '@dispatch/scheduler/event';
import { EngineError } from '../errors.ts';
import type { RunEvent } from '../events.ts';
import type { StepAttempt } from '../execute/step-attempt.ts';
import { cancelledGroup, causeOf, type GroupCause } from './group-cause.ts';
import { GroupChronicle } from './group-chronicle.ts';
import type { GroupPolicy } from './group-policy.ts';
import { GroupVerdict, type Teller } from './group-verdict.ts';
import type { GroupWork } from './group-work.ts';
import { MeetingPlace } from './meeting-place.ts';
import { Member } from './member.ts';

/** To whom an attempt of a group reports. */
export interface GroupHands {
  /** Tells the scheduler how a member ended, and whoever else has to know; never throws. */
  readonly report: (attempt: StepAttempt, outcome: AttemptOutcome) => Promise<void>;
  readonly tell: (event: SchedulerEvent) => void;
  /** Tells all runs that want the group. */
  readonly emit: (event: RunEvent) => void;
}

/**
 * One attempt of a group. The inputs of all members are brought to their machines, all begin at one
 * moment, and all share one verdict: when all have ended well, that is put on disk, and only then
 * do they count; the first that does not ends them all.
 */
export class GroupAttempt {
  readonly members: readonly Member[];
  readonly #work: GroupWork;
  readonly #hands: GroupHands;
  readonly #chronicle: GroupChronicle;
  readonly #meeting: MeetingPlace;
  readonly #verdict = new GroupVerdict();
  readonly #start = deferred<void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #opened: Promise<unknown> = Promise.resolve();
  #isRecorded = false;
  #hasStarted = false;
  #isRequeued = false;
  #isOver = false;

  constructor(work: GroupWork, attempts: readonly StepAttempt[], hands: GroupHands) {
    this.#work = work;
    this.#hands = hands;
    const fellows = {
      ready: (member: Member) => this.#ready(member),
      heard: (member: Member, line: string) => this.#heard(member, line),
      done: (member: Member) => this.#done(member),
    };
    this.members = work.marked.members.map((variant) => {
      const attempt = attempts.find(({ step }) => step.path === variant.path);
      if (attempt === undefined) throw new Error(`the scheduler left out ${variant.path}`);
      return new Member(variant, attempt, fellows);
    });
    const [first] = attempts;
    if (first === undefined) throw new Error(`the group ${work.marked.name} has no members`);
    const { members } = this;
    const run = first.leader.work;
    this.#chronicle = new GroupChronicle({ work, members, run, emit: hands.emit });
    this.#meeting = new MeetingPlace({
      group: work.marked,
      members,
      barrierMs: timerMs(this.#policy.barrierSeconds),
      onCall: (call) => this.#chronicle.call(call),
      onFail: (member, reason) => this.#gaveUp(member, reason),
      onLost: (member, reason) => this.#condemn(member, { type: 'infrastructure-fault', reason }),
      onNote: (text) => this.#chronicle.note(text),
    });
  }

  /** Whether it was begun and can no longer succeed: its mark is used up. */
  get isSpent(): boolean {
    return this.#isRecorded && !this.#isGood;
  }

  /** Brings the inputs of all members, and carries the members out; nothing goes on when it resolves. */
  async carryOut(): Promise<void> {
    this.#chronicle.reserved();
    this.#opened = Promise.all(this.members.map((member) => this.#meeting.open(member)));
    this.#after(this.#policy.assembleSeconds, () => this.#tooLongStaged());
    await Promise.all(this.members.map((member) => this.#carry(member)));
    this.#clearTimers();
    await this.#opened;
    await this.#meeting.close();
    this.#isOver = true;
    const { cause } = this.#verdict;
    if (this.#isRequeued) await this.#chronicle.close(cause);
    else await this.#chronicle.end(cause);
  }

  /** Stops a member that the scheduler does not want any longer; the whole group ends with it. */
  stop(attempt: StepAttempt): void {
    const member = this.members.find((one) => one.attempt === attempt);
    if (this.#isGood) this.#end(cancelledGroup);
    else if (member !== undefined) this.#stopSoon(member);
  }

  /** Notes that the group, which was not begun, goes back into line. */
  requeue(reason: string): void {
    this.#isRequeued = true;
    this.#chronicle.requeued(reason);
  }

  /** Notes that the attempt is lost, for a reason that only the scheduler knew. */
  lose(reason: string): void {
    if (this.#isOver) return;
    this.#isRequeued = false;
    const cause: GroupCause = { type: 'lost', member: undefined, reason };
    if (this.#verdict.overrule(cause)) this.#chronicle.stopping(cause);
  }

  /**
   * Writes the commit record, once all members have ended well. Resolves to undefined when it is on
   * disk, else to why the attempt does not count.
   */
  async commit(): Promise<string | undefined> {
    const { cause } = this.#verdict;
    if (cause !== undefined) return cause.reason;
    try {
      await this.#chronicle.commit();
    } catch (error) {
      const reason = `its commit record could not be written: ${messageOf(error)}`;
      this.#end({ type: 'lost', member: undefined, reason });
      return reason;
    }
    this.#verdict.commit();
    return undefined;
  }

  /** Whether it may still succeed, or has. */
  get #isGood(): boolean {
    return this.#verdict.cause === undefined;
  }

  get #policy(): GroupPolicy {
    return this.#work.policy;
  }

  async #carry(member: Member): Promise<void> {
    const outcome = (await this.#unfit(member)) ?? (await member.attempt.carryOut(member));
    member.end();
    // A member that ended well in time was reported then; one that did so after the end is told as
    // stopped.
    if (this.#verdict.hasPassed(member)) return;
    if (this.#isGood) this.#end(causeOf(member, outcome), { member, outcome });
    await this.#verdict.tell(member, (told) => this.#hands.report(member.attempt, told));
  }

  /**
   * The fault of a builder that does not trust us: it builds from files only, with inputs of its
   * own, and may fetch what it likes.
   */
  async #unfit({ attempt }: Member): Promise<AttemptOutcome | undefined> {
    const { store, machine } = attempt.builder;
    const { trust } = await store.facts({ signal: attempt.signal }).catch(() => ({ trust: '' }));
    if (trust !== 'not-trusted') return undefined;
    return { type: 'infrastructure-fault', reason: untrustedForGroups(machine.uri) };
  }

  #ready(member: Member): Promise<void> {
    if (this.members.every(({ isReady }) => isReady)) void this.#begin();
    return unlessAborted(this.#start.promise, member.attempt.signal, 'waiting for the others');
  }

  /** Never throws. */
  async #begin(): Promise<void> {
    this.#clearTimers();
    await this.#opened;
    if (!this.#isGood) return;
    this.#isRecorded = true;
    const fault = await this.#chronicle.record().then(() => undefined, asError);
    if (!this.#isGood) return;
    this.#hands.tell({ type: 'group-started', group: this.#work.request.id });
    if (fault !== undefined) return this.#unrecorded(fault);
    // Somebody may have stopped it at that very moment.
    if (!this.#isGood) return;
    this.#hasStarted = true;
    this.#after(this.#policy.runSeconds, () => this.#tooLong());
    this.#meeting.begin();
    this.#start.resolve();
    this.#chronicle.started();
  }

  #unrecorded(fault: Error): void {
    const reason = `that it begins could not be recorded: ${fault.message}`;
    const isTaken = codeOf(fault) === 'duplicate-attempt' || undefined;
    this.#end({ type: 'lost', member: undefined, reason, isTaken });
    this.#hands.tell({ type: 'group-uncommitted', group: this.#work.request.id, reason });
  }

  #heard(member: Member, line: string): void {
    this.#chronicle.line(member, line);
    this.#meeting.noteLine(member, line);
  }

  async #done(member: Member): Promise<void> {
    // This fails the group when another member waits for something that this one never did.
    this.#meeting.finish(member);
    if (this.#isGood) {
      this.#verdict.pass(member);
      this.#chronicle.done(member);
      const outputBytes = member.made?.infos.reduce((sum, { narSize }) => sum + narSize, 0);
      await this.#hands.report(member.attempt, { type: 'succeeded', outputBytes });
    }
    if (await this.#verdict.isCommitted) return;
    const reason = this.#verdict.cause?.reason ?? 'the group did not succeed';
    throw new EngineError('group-failed', reason);
  }

  #tooLongStaged(): void {
    const late = this.members.find(({ isReady }) => !isReady);
    const reason = `its inputs did not arrive within the ${this.#policy.assembleSeconds} s that the group has to assemble`;
    this.#condemn(late, { type: 'infrastructure-fault', reason });
  }

  #tooLong(): void {
    const running = this.members.find(({ isOver }) => !isOver);
    const message = `the group took longer than the ${this.#policy.runSeconds} s that it may run`;
    this.#condemn(running, { type: 'failed', status: 'TimedOut', message });
  }

  #gaveUp(name: string, reason: string): void {
    const member = this.members.find((one) => one.name === name);
    const message = `${name} failed the group: ${reason}`;
    this.#condemn(member, { type: 'failed', status: 'PermanentFailure', message });
  }

  #condemn(member: Member | undefined, outcome: AttemptOutcome): void {
    if (member === undefined || !this.#isGood) return;
    // A member that was reported to have ended well cannot be reported again; another one tells of
    // it.
    const teller = [member, ...this.members].find((one) => !this.#verdict.hasPassed(one));
    if (teller !== undefined) this.#end(causeOf(member, outcome), { member: teller, outcome });
  }

  /**
   * Ends the attempt without success: members that can hear of it are told, and have a while to put
   * things in order.
   */
  #end(cause: GroupCause, teller?: Teller): void {
    this.#verdict.end(cause, teller);
    this.#chronicle.stopping(cause);
    this.#meeting.fail(cause.reason, cause.member);
    for (const member of this.members) this.#stopSoon(member);
  }

  /** Stops a member after the grace period; at once if it never called, since it cannot hear of the end. */
  #stopSoon(member: Member): void {
    if (member.isOver) return;
    const hears = this.#hasStarted && this.#meeting.hasHeardOf(member);
    if (hears) this.#after(this.#policy.graceSeconds, () => member.attempt.stop());
    else member.attempt.stop();
  }

  #after(seconds: number | undefined, work: () => void): void {
    if (seconds === undefined) return;
    this.#timers.add(setTimeout(work, timerMs(seconds)));
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}

/** Why a builder that does not trust us gets no members. */
export function untrustedForGroups(uri: string): string {
  return (
    `the daemon of ${uri} does not trust us, and would build the member's inputs itself and fetch ` +
    `what it can: ${trustAdvice}`
  );
}
