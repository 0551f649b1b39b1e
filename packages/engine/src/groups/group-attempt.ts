import { deferred } from '@dispatch/builders/deferred';
import { codeOf } from '@dispatch/builders/errors';
import { timerMs } from '@dispatch/builders/time-limit';
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

/** Who carries out an attempt of a group together with it. */
export interface GroupHands {
  /** Tells the scheduler how a member ended, and whoever else has to know; never throws. */
  readonly report: (attempt: StepAttempt, outcome: AttemptOutcome) => Promise<void>;
  readonly tell: (event: SchedulerEvent) => void;
  /** To all that want the group. */
  readonly emit: (event: RunEvent) => void;
}

/**
 * One attempt of a group. Its members are brought to their machines, begin at one moment, and end in one
 * verdict: when all have ended well that is put on disk, and only then does anything of it count; the
 * first that does not puts an end to all.
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

  /** Whether it was begun and can come to nothing any more: its mark is used up. */
  get isSpent(): boolean {
    return this.#isRecorded && !this.#isGood;
  }

  /** Brings all members to their machines, and carries them out; nothing goes on when it resolves. */
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

  /** The scheduler does not want a member any longer; with it ends the group. */
  stop(attempt: StepAttempt): void {
    const member = this.members.find((one) => one.attempt === attempt);
    if (this.#isGood) this.#end(cancelledGroup);
    else if (member !== undefined) this.#stopSoon(member);
  }

  /** It was not begun, and is put into the line again. */
  requeue(reason: string): void {
    this.#isRequeued = true;
    this.#chronicle.requeued(reason);
  }

  /** It is lost for what the scheduler knows better. */
  lose(reason: string): void {
    if (this.#isOver) return;
    this.#isRequeued = false;
    const cause: GroupCause = { type: 'lost', member: undefined, reason };
    if (this.#verdict.overrule(cause)) this.#chronicle.stopping(cause);
  }

  /** All members have ended well; whether that is on disk and their outputs are held. */
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

  /** Whether it may still come to something, or has. */
  get #isGood(): boolean {
    return this.#verdict.cause === undefined;
  }

  get #policy(): GroupPolicy {
    return this.#work.policy;
  }

  async #carry(member: Member): Promise<void> {
    const outcome = (await this.#unfit(member)) ?? (await member.attempt.carryOut(member));
    member.end();
    // What becomes of one that ended well before the others is the verdict's; one that did so after the end is stopped.
    if (this.#verdict.hasPassed(member)) return;
    if (this.#isGood) this.#end(causeOf(member, outcome), { member, outcome });
    await this.#verdict.tell(member, (told) => this.#hands.report(member.attempt, told));
  }

  /** Such a daemon builds only from files, with inputs of its own, and may fetch what it likes. */
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
    // Somebody may wait for what it never did; then it was no success.
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
    // Of one that was told to have ended well no other end can be told.
    const teller = [member, ...this.members].find((one) => !this.#verdict.hasPassed(one));
    if (teller !== undefined) this.#end(causeOf(member, outcome), { member: teller, outcome });
  }

  /** It comes to nothing: whoever can hear it is told, and has a while to put things in order. */
  #end(cause: GroupCause, teller?: Teller): void {
    this.#verdict.end(cause, teller);
    this.#chronicle.stopping(cause);
    this.#meeting.fail(cause.reason, cause.member);
    for (const member of this.members) this.#stopSoon(member);
  }

  /** Who never called hears of nothing, and has nothing to put in order. */
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
    "what it can: add our user there to 'trusted-users' in /etc/nix/nix.conf and restart its nix-daemon"
  );
}
