import type { GroupKey } from '@dispatch/graph/groups/group';
import type { MemberAttempt } from '@dispatch/scheduler/command';
import type { AttemptOutcome, GroupId, SchedulerEvent, StepId } from '@dispatch/scheduler/event';
import type { StepResult } from '@dispatch/scheduler/result';
import type { AttemptsUnderWay } from '../execute/attempts-under-way.ts';
import type { Execution } from '../execute/execution.ts';
import type { StepAttempt } from '../execute/step-attempt.ts';
import type { GroupWork } from './group-work.ts';
import { SharedGroup } from './shared-group.ts';

/** What the groups are carried out with. */
interface GroupsOptions {
  readonly attempts: AttemptsUnderWay;
  readonly newAttempt: (command: MemberAttempt) => StepAttempt;
  /** Tells the scheduler how an attempt ended, and whoever else has to know. */
  readonly report: (attempt: StepAttempt, outcome: AttemptOutcome) => Promise<void>;
  readonly tell: (event: SchedulerEvent) => void;
  /** Called with errors that must not happen. */
  readonly onError: (error: unknown) => void;
}

/** The groups that runs want right now; does what the scheduler wants of them. */
export class GroupsUnderWay {
  readonly #options: GroupsOptions;
  readonly #groups = new Map<GroupId, SharedGroup>();
  readonly #ofMember = new Map<StepId, SharedGroup>();
  /** The groups of each run: one that did not succeed is replaced by another for runs that come later. */
  readonly #joined = new Map<Execution, readonly SharedGroup[]>();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** Adds a run to its groups; one that did not succeed is replaced by another. */
  admit(run: Execution): void {
    this.#joined.set(
      run,
      run.work.groups.map((work) => this.#joinable(work)),
    );
    for (const group of this.#joined.get(run) ?? []) group.join(run);
  }

  dismiss(run: Execution): void {
    for (const group of this.#joined.get(run) ?? []) {
      group.leave(run);
      if (!group.isWanted) this.#forget(group);
    }
    this.#joined.delete(run);
  }

  /**
   * The marks of groups that may still succeed, or have: runs that want the same combination join
   * them. Trials are never shared.
   */
  marks(): ReadonlyMap<GroupKey, string> {
    const good = [...this.#groups.values()].filter((one) => one.isGood && !one.work.isTrial);
    return new Map(good.map(({ work: { marked } }) => [marked.key, marked.mark]));
  }

  /** Begins an attempt of a group that was given all its places. */
  start(id: GroupId, commands: readonly MemberAttempt[]): void {
    const { attempts, newAttempt, report, tell } = this.#options;
    const group = this.#get(id);
    const attempt = group.begin(commands.map(newAttempt), { report, tell });
    const over = attempt.carryOut();
    const followed = attempt.members.map(({ attempt: member }) =>
      attempts.begin(
        member,
        () => over,
        () => attempt.stop(member),
      ),
    );
    group.follow(Promise.all(followed).then(() => {}));
  }

  /** Tells a group that it goes back into line. */
  requeue(id: GroupId, reason: string): void {
    this.#get(id).attempt.requeue(reason);
  }

  /** Commits a group whose members have all ended well. */
  commit(id: GroupId): void {
    void this.#commit(id, this.#get(id)).catch(this.#options.onError);
  }

  noteResult(step: StepId, result: StepResult): void {
    this.#ofMember.get(step)?.noteResult(result);
  }

  #joinable(work: GroupWork): SharedGroup {
    const { id } = work.request;
    const known = this.#groups.get(id);
    if (known?.isGood === true) return known;
    const group = new SharedGroup(work);
    this.#groups.set(id, group);
    for (const { path } of work.marked.members) this.#ofMember.set(path, group);
    return group;
  }

  /** Forgets a group, unless another is in its place by now. */
  #forget(group: SharedGroup): void {
    const { request, marked } = group.work;
    if (this.#groups.get(request.id) !== group) return;
    this.#groups.delete(request.id);
    for (const { path } of marked.members) this.#ofMember.delete(path);
  }

  /** Commits a group; what its members made is there for all runs before any of them is told. */
  async #commit(id: GroupId, group: SharedGroup): Promise<void> {
    const { tell } = this.#options;
    const { attempt } = group;
    const reason = await attempt.commit();
    if (reason !== undefined) return tell({ type: 'group-uncommitted', group: id, reason });
    await group.over;
    for (const { attempt: member } of attempt.members) member.step.hand(member);
    tell({ type: 'group-committed', group: id });
  }

  /** Throws for a group that was never given to the scheduler. */
  #get(id: GroupId): SharedGroup {
    const group = this.#groups.get(id);
    if (group === undefined)
      throw new Error(`the scheduler has the group ${id}, which nobody wants`);
    return group;
  }
}
