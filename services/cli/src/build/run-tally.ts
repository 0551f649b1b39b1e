import type {
  FeaturesMissing,
  GroupEnded,
  GroupPlace,
  PlannedGroup,
  PoisonedDerivation,
  RunEvent,
  StepEnded,
} from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood } from '@dispatch/scheduler/result';

/** One attempt of a group, put together from a run's events. */
export interface LoggedGroup {
  readonly planned: PlannedGroup;
  /** The machines that its members were given; empty without. */
  places: readonly GroupPlace[];
  /** Undefined for an attempt that has not ended by itself. */
  ended: GroupEnded | undefined;
}

/** Keeps what a run's events say and its report does not. */
export class RunTally {
  readonly ends: Map<StorePath, StepEnded> = new Map();
  /** By builder. */
  readonly featuresMissing: Map<string, FeaturesMissing> = new Map();
  /** The phase that steps are in, or were in when they failed: a builder's words. */
  readonly phases: Map<StorePath, string> = new Map();
  /** Attempts by the path that events give for each, in the order in which they were planned. */
  readonly groups: Map<StorePath, LoggedGroup> = new Map();
  readonly #poisoned: Map<StorePath, PoisonedDerivation> = new Map();

  get poisoned(): readonly PoisonedDerivation[] {
    return [...this.#poisoned.values()];
  }

  observe(event: RunEvent): void {
    if (event.type === 'step-started') this.phases.delete(event.step);
    if (event.type === 'step-phase') this.phases.set(event.step, event.phase);
    if (event.type === 'step-ended') this.#end(event);
    if (event.type === 'planned') this.#plan(event.groups);
    if (event.type === 'group-reserved') this.#change(event.group, { places: event.places });
    if (event.type === 'group-requeued') this.#change(event.group, { places: [] });
    if (event.type === 'group-ended') this.#change(event.group, { ended: event });
    if (event.type === 'features-missing') this.featuresMissing.set(event.builder, event);
    if (event.type === 'poison-found') {
      for (const one of event.poisoned) this.#poisoned.set(one.rewritten, one);
    }
  }

  #plan(groups: readonly PlannedGroup[]): void {
    for (const planned of groups) {
      // A further plan may contain groups that are under way.
      if (this.groups.has(planned.group)) continue;
      this.groups.set(planned.group, { planned, places: [], ended: undefined });
    }
  }

  #change(join: StorePath, news: Partial<LoggedGroup>): void {
    const group = this.groups.get(join);
    if (group !== undefined) Object.assign(group, news);
  }

  #end(event: StepEnded): void {
    this.ends.set(event.step, event);
    if (isGood(event.result)) this.phases.delete(event.step);
  }
}
