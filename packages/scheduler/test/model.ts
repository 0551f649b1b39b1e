import { assert } from 'vitest';
import type { Command } from '../src/command.ts';
import type { AttemptId, BuilderOffer, SchedulerEvent, StepId, StepRequest } from '../src/event.ts';
import { usualPatience } from '../src/patience.ts';
import { isGood } from '../src/result.ts';

interface ModelRun {
  readonly keepGoing: boolean;
  readonly priority: number;
  readonly steps: ReadonlyMap<StepId, StepRequest>;
  /** Whether it still wants what it has no result for. */
  isActive: boolean;
  /** The steps whose results it shares or will share. */
  held: Set<StepId>;
}

interface ModelStep {
  readonly request: StepRequest;
  /** What it waits for: the dependencies that all runs which joined agree on. */
  needs: ReadonlySet<StepId>;
  state: 'open' | 'good' | 'bad';
  faults: number;
}

interface ModelBuilder {
  readonly offer: BuilderOffer;
  isUp: boolean;
  isDrained: boolean;
  isQuarantined: boolean;
  /** Faults in a row while it answered. */
  strikes: number;
}

interface ModelAttempt {
  readonly step: StepId;
  readonly builder: string;
  isStopping: boolean;
}

/** The rules of the scheduler said a second time, slowly and plainly; it only checks. */
export class Model {
  readonly runs: Map<string, ModelRun> = new Map();
  readonly steps: Map<StepId, ModelStep> = new Map();
  readonly builders: Map<string, ModelBuilder> = new Map();
  readonly attempts: Map<AttemptId, ModelAttempt> = new Map();
  /** Steps whose builder is not to have them any longer. */
  readonly skipped: Set<StepId> = new Set();
  #lastAttempt = 0;
  #isHubUp = true;

  /** What the event itself says, before any command. */
  take(event: SchedulerEvent): void {
    switch (event.type) {
      case 'run-added':
        return this.#addRun(event);
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
        return this.#change(event.builder, { isUp: true, isQuarantined: false });
      case 'builder-draining':
        return this.#change(event.builder, { isDrained: true });
      case 'builder-skipped':
        this.#change(event.builder, { isDrained: true });
        return this.#skip(event.builder);
      case 'builder-resumed':
        return this.#change(event.builder, { isDrained: false, isQuarantined: false, strikes: 0 });
      case 'builder-down':
        this.#change(event.builder, { isUp: false, isQuarantined: false });
        return this.#loseAttempts(event.builder);
      case 'builder-removed':
        this.builders.delete(event.builder);
        return this.#loseAttempts(event.builder);
      case 'attempt-ended':
        this.#judge(event);
        return this.#endAttempt(event.attempt, event.outcome.type !== 'succeeded');
      case 'hub-down':
        this.#isHubUp = false;
        return undefined;
      case 'hub-up':
        this.#isHubUp = true;
        return undefined;
      case 'step-lost':
      case 'step-rested':
      case 'inputs-restored':
      case 'watch-ended':
        return undefined;
    }
  }

  #addRun({
    run,
    keepGoing,
    priority = 0,
    steps,
  }: Extract<SchedulerEvent, { type: 'run-added' }>): void {
    for (const request of steps) this.#joinStep(request);
    const byId = new Map(steps.map((request) => [request.id, request]));
    this.runs.set(run, {
      keepGoing,
      priority,
      steps: byId,
      isActive: true,
      held: new Set(byId.keys()),
    });
  }

  #joinStep(request: StepRequest): void {
    const known = this.steps.get(request.id);
    if (known === undefined || known.state === 'bad' || !this.#isHeld(request.id)) {
      const needs = new Set(request.dependencies);
      for (const run of this.runs.values()) run.held.delete(request.id);
      this.steps.set(request.id, { request, needs, state: 'open', faults: 0 });
    } else {
      known.needs = new Set(request.dependencies.filter((id) => known.needs.has(id)));
    }
  }

  #isHeld(id: StepId): boolean {
    return [...this.runs.values()].some(({ held }) => held.has(id));
  }

  #change(name: string, news: Partial<ModelBuilder>): void {
    const builder = this.builders.get(name);
    if (builder !== undefined) Object.assign(builder, news);
  }

  /** Its steps must be told to stop; another builder may have them after that. */
  #skip(name: string): void {
    for (const { builder, step, isStopping } of this.attempts.values()) {
      if (builder === name && !isStopping) this.skipped.add(step);
    }
  }

  #judge({ attempt: id, outcome }: Extract<SchedulerEvent, { type: 'attempt-ended' }>): void {
    const attempt = this.attempts.get(id);
    const builder = this.builders.get(attempt?.builder ?? '');
    if (attempt === undefined || attempt.isStopping || builder === undefined) return;
    const isFault =
      outcome.type === 'infrastructure-fault' &&
      (outcome.source ?? builder.offer.name) === builder.offer.name;
    if (isFault && this.#isHubUp) builder.strikes += 1;
    if (outcome.type === 'succeeded' || outcome.type === 'failed') builder.strikes = 0;
  }

  #loseAttempts(builder: string): void {
    for (const [id, attempt] of this.attempts) {
      if (attempt.builder === builder) this.#endAttempt(id, true);
    }
  }

  #endAttempt(id: AttemptId, isLost: boolean): void {
    const attempt = this.attempts.get(id);
    if (attempt === undefined) return;
    this.attempts.delete(id);
    const step = this.steps.get(attempt.step);
    if (step !== undefined && isLost) step.faults += 1;
  }

  /** Checks each command against the rules, and all of them together. */
  check(commands: readonly Command[]): void {
    for (const command of commands) this.#checkCommand(command);
    for (const run of this.runs.values()) if (!run.isActive) this.#letGo(run);
    this.#checkAttempts();
    this.#checkIdleSlots();
  }

  #checkCommand(command: Command): void {
    switch (command.type) {
      case 'start-attempt':
        return this.#checkStart(command);
      case 'cancel-attempt': {
        const attempt = this.attempts.get(command.attempt);
        assert.equal(attempt?.isStopping ?? false, false, 'stopped once');
        if (attempt !== undefined) attempt.isStopping = true;
        this.skipped.delete(command.step);
        return undefined;
      }
      case 'step-ended':
        return this.#endStep(command.step, isGood(command.result));
      case 'run-ended': {
        const run = this.runs.get(command.run);
        assert.isDefined(run, `${command.run} ends once`);
        assert.deepEqual([...command.results.keys()], [...run.steps.keys()]);
        this.runs.delete(command.run);
        return undefined;
      }
      case 'probe-builder':
        return this.#checkProbe(this.builders.get(command.builder)!);
      case 'probe-hub':
      case 'rest-step':
      case 'restore-inputs':
      case 'watch-slots':
        return undefined;
    }
  }

  /** A builder that answers is called only after it lost several steps in a row, and earlier when it is needed. */
  #checkProbe(builder: ModelBuilder): void {
    if (!builder.isUp) return;
    if (builder.isQuarantined) assert.equal(this.#isNeeded(builder), true, 'left alone');
    assert.isAtLeast(builder.strikes, usualPatience.maximumStrikes);
    builder.isQuarantined = true;
  }

  /** Whether something waits that nobody takes and it could. */
  #isNeeded({ offer }: ModelBuilder): boolean {
    const working = [...this.builders.values()].filter(
      ({ offer: { slots }, isUp, isDrained, isQuarantined }) =>
        slots > 0 && isUp && !isDrained && !isQuarantined,
    );
    return [...this.steps].some(
      ([id, step]) =>
        step.state === 'open' &&
        this.#isWanted(id) &&
        this.#isUnblocked(step) &&
        fits(step.request, offer) &&
        !working.some((one) => fits(step.request, one.offer)),
    );
  }

  #checkStart(command: Extract<Command, { type: 'start-attempt' }>): void {
    assert.equal(command.attempt, this.#lastAttempt + 1);
    this.#lastAttempt = command.attempt;
    const step = this.steps.get(command.step)!;
    assert.equal(this.#isHubUp, true, 'nothing starts without the hub');
    assert.equal(step.state, 'open', 'what ended does not start');
    assert.equal(this.#isWanted(command.step), true, 'what starts is wanted');
    assert.equal(this.#isUnblocked(step), true, 'dependencies come first');
    assert.equal(this.#isRunning(command.step), false, 'no step runs twice at once');
    assert.equal(this.#hasRoom(command.builder), true, 'no slot is over-used');
    assert.equal(fits(step.request, this.builders.get(command.builder)!.offer), true);
    assert.equal(this.#hasUnits(command.builder, step.request), true, 'no unit is taken twice');
    this.#checkPriority(command.step, command.builder);
    this.attempts.set(command.attempt, {
      step: command.step,
      builder: command.builder,
      isStopping: false,
    });
  }

  #checkPriority(started: StepId, builder: string): void {
    const before = this.#priorityOf(started);
    for (const [id, step] of this.steps) {
      if (!this.#isReady(id, step) || this.#priorityOf(id) <= before) continue;
      if (this.#mayWaitFor(step, builder)) continue;
      assert.equal(this.#couldRun(builder, step), false, `${id} comes before ${started}`);
    }
  }

  #priorityOf(id: StepId): number {
    const wanting = [...this.runs.values()].filter((run) => run.isActive && run.held.has(id));
    return Math.max(...wanting.map(({ priority }) => priority));
  }

  #endStep(id: StepId, good: boolean): void {
    const step = this.steps.get(id)!;
    assert.equal(step.state, 'open', 'a step ends once');
    step.state = good ? 'good' : 'bad';
    for (const run of this.runs.values()) {
      if (!good && run.held.has(id) && !run.keepGoing) run.isActive = false;
    }
  }

  #checkAttempts(): void {
    assert.deepEqual([...this.skipped], [], 'what is skipped stops');
    for (const { step, isStopping } of this.attempts.values()) {
      assert.equal(this.#isAwaited(step), true, 'no run ends before its attempts');
      if (!isStopping) assert.equal(this.#isWanted(step), true, 'unwanted work is stopped');
    }
  }

  /** A step that was lost before may wait for another builder; every other only for a faster one. */
  #checkIdleSlots(): void {
    if (!this.#isHubUp) return;
    for (const [id, step] of this.steps) {
      if (!this.#isReady(id, step)) continue;
      for (const [name, { strikes }] of this.builders) {
        // After a quarantine it gets one at a time.
        if (strikes >= usualPatience.maximumStrikes || this.#mayWaitFor(step, name)) continue;
        assert.equal(this.#couldRun(name, step), false, `${name} idles while ${id} waits`);
      }
    }
  }

  /** Whether another builder is full that would be faster at the step, were one of its slots free. */
  #mayWaitFor(step: ModelStep, name: string): boolean {
    const slownessHere = (1 + this.#loadOf(name)) / this.builders.get(name)!.offer.speedFactor;
    return [...this.builders].some(([other, { offer, isUp, isDrained, isQuarantined }]) => {
      const isWorking = isUp && !isDrained && !isQuarantined && this.#loadOf(other) === 1;
      const isFaster = (2 - 1 / offer.slots) / offer.speedFactor < slownessHere;
      return isWorking && isFaster && fits(step.request, offer);
    });
  }

  #loadOf(name: string): number {
    const running = [...this.attempts.values()].filter(({ builder }) => builder === name);
    return running.length / this.builders.get(name)!.offer.slots;
  }

  /** Whether it may start at once, wherever that is. */
  #isReady(id: StepId, step: ModelStep): boolean {
    const isOpen = step.state === 'open' && step.faults === 0;
    return isOpen && this.#isWanted(id) && this.#isUnblocked(step) && !this.#isRunning(id);
  }

  #couldRun(name: string, { request }: ModelStep): boolean {
    const { offer } = this.builders.get(name)!;
    return fits(request, offer) && this.#hasRoom(name) && this.#hasUnits(name, request);
  }

  #hasUnits(name: string, { requiredFeatures }: StepRequest): boolean {
    const { resources = {} } = this.builders.get(name)!.offer;
    return requiredFeatures.every((feature) => {
      const users = [...this.attempts.values()].filter(
        ({ builder, step }) =>
          builder === name && this.steps.get(step)!.request.requiredFeatures.includes(feature),
      );
      return users.length < (resources[feature] ?? Infinity);
    });
  }

  #letGo(run: ModelRun): void {
    run.held = new Set([...run.held].filter((id) => this.steps.get(id)?.state !== 'open'));
  }

  #isAwaited(id: StepId): boolean {
    return [...this.runs.values()].some(({ steps }) => steps.has(id));
  }

  #isWanted(id: StepId): boolean {
    return [...this.runs.values()].some(({ held, isActive }) => isActive && held.has(id));
  }

  #isUnblocked({ needs }: ModelStep): boolean {
    return [...needs].every((id) => this.steps.get(id)?.state === 'good');
  }

  #isRunning(id: StepId): boolean {
    return [...this.attempts.values()].some(({ step }) => step === id);
  }

  #hasRoom(name: string): boolean {
    const builder = this.builders.get(name);
    if (!builder?.isUp || builder.isDrained || builder.isQuarantined) return false;
    const used = [...this.attempts.values()].filter(({ builder: at }) => at === name).length;
    return used < builder.offer.slots;
  }
}

function fits({ system, requiredFeatures }: StepRequest, offer: BuilderOffer): boolean {
  const counted = Object.keys(offer.resources ?? {});
  return (
    (system === 'builtin' || offer.systems.includes(system)) &&
    offer.mandatoryFeatures.every((feature) => requiredFeatures.includes(feature)) &&
    requiredFeatures.every((feature) =>
      [...offer.supportedFeatures, ...offer.mandatoryFeatures, ...counted].includes(feature),
    )
  );
}
