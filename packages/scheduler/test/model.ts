import { assert } from 'vitest';
import type { Command } from '../src/command.ts';
import type { AttemptId, BuilderOffer, SchedulerEvent, StepId, StepRequest } from '../src/event.ts';
import { isGood } from '../src/result.ts';

interface ModelRun {
  readonly keepGoing: boolean;
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

interface ModelAttempt {
  readonly step: StepId;
  readonly builder: string;
  isStopping: boolean;
}

/** The rules of the scheduler said a second time, slowly and plainly; it only checks. */
export class Model {
  readonly runs: Map<string, ModelRun> = new Map();
  readonly steps: Map<StepId, ModelStep> = new Map();
  readonly builders: Map<string, { offer: BuilderOffer; isUp: boolean }> = new Map();
  readonly attempts: Map<AttemptId, ModelAttempt> = new Map();
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
        });
        return undefined;
      case 'builder-up':
      case 'builder-draining':
        return this.#setUp(event.builder, event.type === 'builder-up');
      case 'builder-down':
        this.#setUp(event.builder, false);
        return this.#loseAttempts(event.builder);
      case 'builder-removed':
        this.builders.delete(event.builder);
        return this.#loseAttempts(event.builder);
      case 'attempt-ended':
        return this.#endAttempt(event.attempt, event.outcome.type !== 'succeeded');
      case 'hub-down':
        this.#isHubUp = false;
        return undefined;
      case 'hub-up':
        this.#isHubUp = true;
        return undefined;
      case 'step-rested':
        return undefined;
    }
  }

  #addRun({ run, keepGoing, steps }: Extract<SchedulerEvent, { type: 'run-added' }>): void {
    for (const request of steps) this.#joinStep(request);
    const byId = new Map(steps.map((request) => [request.id, request]));
    this.runs.set(run, { keepGoing, steps: byId, isActive: true, held: new Set(byId.keys()) });
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

  #setUp(name: string, isUp: boolean): void {
    const builder = this.builders.get(name);
    if (builder !== undefined) builder.isUp = isUp;
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
        assert.equal(this.builders.get(command.builder)?.isUp, false);
        return undefined;
      case 'probe-hub':
      case 'rest-step':
        return undefined;
    }
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
    this.attempts.set(command.attempt, {
      step: command.step,
      builder: command.builder,
      isStopping: false,
    });
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
    for (const { step, isStopping } of this.attempts.values()) {
      assert.equal(this.#isAwaited(step), true, 'no run ends before its attempts');
      if (!isStopping) assert.equal(this.#isWanted(step), true, 'unwanted work is stopped');
    }
  }

  /** A step that was lost before may wait for another builder; every other must not. */
  #checkIdleSlots(): void {
    if (!this.#isHubUp) return;
    for (const [id, step] of this.steps) {
      const isReady = step.state === 'open' && this.#isWanted(id) && this.#isUnblocked(step);
      if (!isReady || step.faults > 0 || this.#isRunning(id)) continue;
      for (const [name, { offer }] of this.builders) {
        const couldRun = fits(step.request, offer) && this.#hasRoom(name);
        assert.equal(couldRun, false, `${name} idles while ${id} waits`);
      }
    }
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
    if (builder === undefined || !builder.isUp) return false;
    const used = [...this.attempts.values()].filter(({ builder: at }) => at === name).length;
    return used < builder.offer.slots;
  }
}

function fits({ system, requiredFeatures }: StepRequest, offer: BuilderOffer): boolean {
  return (
    (system === 'builtin' || offer.systems.includes(system)) &&
    offer.mandatoryFeatures.every((feature) => requiredFeatures.includes(feature)) &&
    requiredFeatures.every((feature) =>
      [...offer.supportedFeatures, ...offer.mandatoryFeatures].includes(feature),
    )
  );
}
