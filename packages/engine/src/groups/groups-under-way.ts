import type { GroupKey } from '@dispatch/graph/groups/group';
import type { GroupId, StepId } from '@dispatch/scheduler/event';
import type { StepResult } from '@dispatch/scheduler/result';
import type { Execution } from '../execute/execution.ts';
import { SharedGroup } from './shared-group.ts';

/** The groups that runs want right now. */
export class GroupsUnderWay {
  readonly #groups = new Map<GroupId, SharedGroup>();
  readonly #ofMember = new Map<StepId, SharedGroup>();

  /** Throws for one that the scheduler cannot have from us. */
  get(id: GroupId): SharedGroup {
    const group = this.#groups.get(id);
    if (group === undefined)
      throw new Error(`the scheduler has the group ${id}, which nobody wants`);
    return group;
  }

  /** Those of a run that comes; what came to nothing before is another group to it. */
  admit(run: Execution): void {
    for (const work of run.work.groups) {
      const { id } = work.request;
      const known = this.#groups.get(id);
      const group = known?.isGood === true ? known : new SharedGroup(work);
      this.#groups.set(id, group);
      for (const { path } of work.marked.members) this.#ofMember.set(path, group);
      group.join(run);
    }
  }

  dismiss(run: Execution): void {
    for (const { request, marked } of run.work.groups) {
      const group = this.#groups.get(request.id);
      group?.leave(run);
      if (group === undefined || group.isWanted) continue;
      this.#groups.delete(request.id);
      for (const { path } of marked.members) this.#ofMember.delete(path);
    }
  }

  noteResult(step: StepId, result: StepResult): void {
    this.#ofMember.get(step)?.noteResult(result);
  }

  /** The marks of those that may still come to something: who wants the same combination takes part. */
  marks(): ReadonlyMap<GroupKey, string> {
    const good = [...this.#groups.values()].filter(({ isGood }) => isGood);
    return new Map(good.map(({ work: { marked } }) => [marked.key, marked.mark]));
  }
}
