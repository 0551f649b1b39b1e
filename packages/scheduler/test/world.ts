import type {
  AttemptId,
  BuilderOffer,
  GroupRequest,
  SchedulerEvent,
  StepId,
  StepRequest,
} from '../src/event.ts';
import { ModelGroup } from './group-model.ts';

export interface ModelRun {
  readonly keepGoing: boolean;
  readonly priority: number;
  readonly steps: ReadonlyMap<StepId, StepRequest>;
  /** Whether it still wants what it has no result for. */
  isActive: boolean;
  /** The steps whose results it shares or will share. */
  held: Set<StepId>;
}

export interface ModelStep {
  readonly request: StepRequest;
  /** What it waits for: the dependencies that all runs which joined agree on. */
  needs: ReadonlySet<StepId>;
  state: 'open' | 'good' | 'bad';
  faults: number;
}

export interface ModelBuilder {
  readonly offer: BuilderOffer;
  isUp: boolean;
  isDrained: boolean;
  isQuarantined: boolean;
  /** Faults in a row while it answered. */
  strikes: number;
}

export interface ModelAttempt {
  readonly step: StepId;
  readonly builder: string;
  isStopping: boolean;
}

/** What events say of a farm, plainly kept. */
export class World {
  readonly runs: Map<string, ModelRun> = new Map();
  readonly steps: Map<StepId, ModelStep> = new Map();
  readonly builders: Map<string, ModelBuilder> = new Map();
  readonly attempts: Map<AttemptId, ModelAttempt> = new Map();
  /** Those that are under way, and what became of others. */
  readonly groups: Map<StepId, ModelGroup> = new Map();
  /** Steps whose builder is not to have them any longer. */
  readonly skipped: Set<StepId> = new Set();
  lastWatch = 0;
  lastAttempt = 0;
  isHubUp = true;

  /** What the event itself says, before any command. */
  take(event: SchedulerEvent): void {
    for (const group of this.groups.values()) group.take(event);
    switch (event.type) {
      case 'run-added':
        return this.addRun(event);
      case 'run-cancelled': {
        const run = this.runs.get(event.run);
        if (run !== undefined) run.isActive = false;
        return undefined;
      }
      case 'builder-added':
        this.builders.set(event.builder.name, {
          offer: event.builder,
          isUp: event.fault === undefined,
          isDrained: false,
          isQuarantined: false,
          strikes: 0,
        });
        return undefined;
      case 'builder-changed': {
        const known = this.builders.get(event.builder.name);
        if (known !== undefined)
          this.builders.set(event.builder.name, { ...known, offer: event.builder });
        return undefined;
      }
      case 'builder-up':
        return this.change(event.builder, { isUp: true, isQuarantined: false });
      case 'builder-draining':
        return this.change(event.builder, { isDrained: true });
      case 'builder-skipped':
        this.change(event.builder, { isDrained: true });
        return this.skip(event.builder);
      case 'builder-resumed':
        return this.change(event.builder, { isDrained: false, isQuarantined: false, strikes: 0 });
      case 'builder-down':
        this.change(event.builder, { isUp: false, isQuarantined: false });
        return this.loseAttempts(event.builder);
      case 'builder-removed':
        this.builders.delete(event.builder);
        this.loseAttempts(event.builder);
        return this.loseMade(event.builder);
      case 'attempt-ended':
        this.judge(event);
        return this.endAttempt(event.attempt, event.outcome.type);
      case 'hub-down':
        this.isHubUp = false;
        return undefined;
      case 'hub-up':
        this.isHubUp = true;
        return undefined;
      case 'step-lost':
      case 'step-rested':
      case 'inputs-restored':
      case 'watch-ended':
      case 'group-started':
      case 'group-committed':
      case 'group-uncommitted':
      case 'group-waited':
        return undefined;
    }
  }

  addRun({
    run,
    keepGoing,
    priority = 0,
    steps,
    groups = [],
  }: Extract<SchedulerEvent, { type: 'run-added' }>): void {
    for (const group of groups) this.formGroup(group);
    for (const request of steps) this.joinStep(request);
    const byId = new Map(steps.map((request) => [request.id, request]));
    this.runs.set(run, {
      keepGoing,
      priority,
      steps: byId,
      isActive: true,
      held: new Set(byId.keys()),
    });
  }

  /** A group is tried anew as a whole, unless it is under way or has succeeded. */
  formGroup(request: GroupRequest): void {
    if (this.liveGroup(request.id) !== undefined) return;
    const members = request.members.map(({ step }) => step);
    const isDone = (id: StepId): boolean => this.steps.get(id)?.state === 'good' && this.isHeld(id);
    if (members.every(isDone)) return;
    for (const id of members) this.steps.delete(id);
    const group = new ModelGroup(request);
    // What is being stopped yet may have been lost before that.
    group.wasLost = members.some((id) => this.isRunning(id));
    this.groups.set(request.id, group);
  }

  /** A group of which it is not known yet what becomes of it. */
  liveGroup(id: StepId): ModelGroup | undefined {
    const group = this.groups.get(id);
    return group?.members.every(
      (one) => this.steps.get(one)?.state === 'open' && this.isWanted(one),
    )
      ? group
      : undefined;
  }

  liveGroupOf(step: StepId): ModelGroup | undefined {
    const group = [...this.groups.values()].find(({ members }) => members.includes(step));
    return group && this.liveGroup(group.request.id);
  }

  joinStep(request: StepRequest): void {
    const known = this.steps.get(request.id);
    if (known === undefined || known.state === 'bad' || !this.isHeld(request.id)) {
      const needs = new Set(request.dependencies);
      for (const run of this.runs.values()) run.held.delete(request.id);
      this.steps.set(request.id, { request, needs, state: 'open', faults: 0 });
    } else {
      known.needs = new Set(request.dependencies.filter((id) => known.needs.has(id)));
    }
  }

  isHeld(id: StepId): boolean {
    return [...this.runs.values()].some(({ held }) => held.has(id));
  }

  change(name: string, news: Partial<ModelBuilder>): void {
    const builder = this.builders.get(name);
    if (builder !== undefined) Object.assign(builder, news);
  }

  /** Its steps must be told to stop; another builder may have them after that. */
  skip(name: string): void {
    for (const { builder, step, isStopping } of this.attempts.values()) {
      if (builder !== name || isStopping) continue;
      this.skipped.add(step);
      this.liveGroupOf(step)?.lose();
    }
    this.loseMade(name);
  }

  loseMade(builder: string): void {
    for (const group of this.groups.values()) {
      if ([...group.made.values()].includes(builder)) group.lose();
    }
  }

  judge({ attempt: id, outcome }: Extract<SchedulerEvent, { type: 'attempt-ended' }>): void {
    const attempt = this.attempts.get(id);
    const builder = this.builders.get(attempt?.builder ?? '');
    if (attempt === undefined || attempt.isStopping || builder === undefined) return;
    const isFault =
      outcome.type === 'infrastructure-fault' &&
      (outcome.source ?? builder.offer.name) === builder.offer.name;
    if (isFault && this.isHubUp) builder.strikes += 1;
    if (outcome.type === 'succeeded' || outcome.type === 'failed') builder.strikes = 0;
  }

  loseAttempts(builder: string): void {
    for (const [id, attempt] of this.attempts) {
      if (attempt.builder === builder) this.endAttempt(id, 'lost');
    }
  }

  endAttempt(id: AttemptId, outcome: string): void {
    const attempt = this.attempts.get(id);
    if (attempt === undefined) return;
    this.attempts.delete(id);
    const { isStopping, builder } = attempt;
    if (!isStopping) this.liveGroupOf(attempt.step)?.endMember(attempt.step, builder, outcome);
    const step = this.steps.get(attempt.step);
    if (step !== undefined && outcome !== 'succeeded') step.faults += 1;
  }

  isWanted(id: StepId): boolean {
    return [...this.runs.values()].some(({ held, isActive }) => isActive && held.has(id));
  }

  isRunning(id: StepId): boolean {
    return [...this.attempts.values()].some(({ step }) => step === id);
  }
}
