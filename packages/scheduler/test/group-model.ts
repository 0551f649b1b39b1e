import { assert } from 'vitest';
import type { Command } from '../src/command.ts';
import type { GroupRequest, SchedulerEvent, StepId } from '../src/event.ts';
import { groupAgeMs } from '../src/patience.ts';

type StartGroup = Extract<Command, { type: 'start-group' }>;

/** A group by its rules, as its members' attempts show it. */
export class ModelGroup {
  readonly request: GroupRequest;
  state: 'waiting' | 'starting' | 'running' | 'committing' | 'committed' | 'ending' = 'waiting';
  /** Where each member has made what it was to. */
  readonly made: Map<StepId, string> = new Map();
  hasAged = false;
  /** A member was lost before: it may wait for other builders. */
  wasLost = false;
  #ageWatch = 0;

  constructor(request: GroupRequest) {
    this.request = request;
  }

  get members(): StepId[] {
    return this.request.members.map(({ step }) => step);
  }

  /** What the event says of the group itself. */
  take(event: SchedulerEvent): void {
    if (!('group' in event) || event.group !== this.request.id) return;
    if (event.type === 'group-started' && this.state === 'starting') this.state = 'running';
    if (event.type === 'group-committed' && this.state === 'committing') this.state = 'committed';
    if (event.type === 'group-uncommitted' && this.state === 'committing') this.state = 'ending';
    if (event.type === 'group-waited' && event.watch === this.#ageWatch) this.hasAged = true;
  }

  watch({ watch, afterMs }: Extract<Command, { type: 'watch-group' }>): void {
    assert.equal(this.state, 'waiting');
    if (afterMs === groupAgeMs) this.#ageWatch = watch;
  }

  /** A member's attempt was over before anybody asked for that. */
  endMember(step: StepId, builder: string, outcome: string): void {
    if (outcome === 'succeeded') {
      this.made.set(step, builder);
      this.state = 'running';
    } else if (outcome === 'failed') {
      this.state = 'ending';
    } else {
      this.lose();
    }
  }

  /** What it has or made somewhere is not to be had any longer. */
  lose(): void {
    if (this.state === 'running') this.state = 'ending';
    if (this.state !== 'starting') return;
    this.state = 'waiting';
    this.wasLost = true;
  }

  start({ attempts }: StartGroup): void {
    assert.equal(this.state, 'waiting', 'a group starts once');
    assert.deepEqual(attempts.map(({ step }) => step).toSorted(), this.members.toSorted());
    const places = new Map(attempts.map(({ step, builder }) => [step, builder]));
    assert.equal(this.allows(places), true, 'the terms are kept');
    this.state = 'starting';
    this.made.clear();
  }

  /** Whether the members may be at these builders together. */
  allows(places: ReadonlyMap<StepId, string>): boolean {
    const at = (steps: readonly StepId[]): Set<string> =>
      new Set(steps.map((step) => places.get(step)!));
    const { apart, together, members } = this.request;
    return (
      apart.every((steps) => at(steps).size === new Set(steps).size) &&
      together.every((steps) => at(steps).size <= 1) &&
      members.every(({ step, builders }) => builders?.includes(places.get(step)!) ?? true)
    );
  }

  commit(): void {
    assert.equal(this.state, 'running');
    assert.equal(this.made.size, this.members.length, 'all have succeeded');
    this.state = 'committing';
  }
}

/** All ways to give each of the members one of the builders. */
export function* waysToSeat(
  members: readonly StepId[],
  builders: readonly string[],
): Generator<Map<StepId, string>> {
  const [first, ...others] = members;
  if (first === undefined) {
    yield new Map();
    return;
  }
  for (const way of waysToSeat(others, builders)) {
    for (const builder of builders) yield new Map([...way, [first, builder]]);
  }
}
