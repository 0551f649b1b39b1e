import { assert } from 'vitest';
import type { Command, MemberAttempt } from '../src/command.ts';
import type { AttemptId, BuilderOffer, StepId, StepRequest } from '../src/event.ts';
import { usualPatience } from '../src/patience.ts';
import { isGood, type StepResult } from '../src/result.ts';
import { type ModelGroup, waysToSeat } from './group-model.ts';
import { type ModelBuilder, type ModelRun, type ModelStep, World } from './world.ts';

/** The rules of the scheduler said a second time, slowly and plainly; it only checks. */
export class Model extends World {
  /** Checks each command against the rules, and all of them together. */
  check(commands: readonly Command[]): void {
    for (const command of commands) this.#checkCommand(command);
    for (const run of this.runs.values()) if (!run.isActive) this.#letGo(run);
    this.#checkAttempts();
    this.#checkIdleSlots();
    for (const group of this.groups.values()) this.#checkGroup(group);
  }

  #checkCommand(command: Command): void {
    switch (command.type) {
      case 'start-attempt':
        assert.isUndefined(this.liveGroupOf(command.step), 'no half of a group starts');
        return this.#checkStart(command);
      case 'start-group':
        this.liveGroup(command.group)!.start(command);
        for (const attempt of command.attempts) this.#checkStart(attempt);
        return undefined;
      case 'commit-group':
        return this.liveGroup(command.group)!.commit();
      case 'watch-group':
        this.lastWatch = command.watch;
        return this.liveGroup(command.group)?.watch(command);
      case 'requeue-group':
        assert.equal(this.liveGroup(command.group)!.state, 'waiting');
        return undefined;
      case 'cancel-attempt': {
        const attempt = this.attempts.get(command.attempt);
        assert.equal(attempt?.isStopping ?? false, false, 'stopped once');
        if (attempt !== undefined) attempt.isStopping = true;
        this.skipped.delete(command.step);
        return undefined;
      }
      case 'step-ended':
        return this.#endStep(command.step, command.result);
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
    else assert.isAtLeast(builder.strikes, usualPatience.maximumStrikes);
    builder.isQuarantined = true;
  }

  /** Whether something waits that nobody takes and it could; a group may need it beside others. */
  #isNeeded({ offer }: ModelBuilder): boolean {
    const groups = [...this.groups.values()].filter((group) => this.#isGroupReady(group));
    const members = groups.flatMap((group) => group.members.map((id) => this.steps.get(id)!));
    if (members.some(({ request }) => fits(request, offer))) return true;
    const working = [...this.builders.values()].filter(
      ({ offer: { slots }, isUp, isDrained, isQuarantined }) =>
        slots > 0 && isUp && !isDrained && !isQuarantined,
    );
    return [...this.steps].some(
      ([id, step]) =>
        step.state === 'open' &&
        this.isWanted(id) &&
        this.#isUnblocked(step) &&
        fits(step.request, offer) &&
        !working.some((one) => fits(step.request, one.offer)),
    );
  }

  #checkStart(command: MemberAttempt): void {
    assert.equal(command.attempt, this.lastAttempt + 1);
    this.lastAttempt = command.attempt;
    const step = this.steps.get(command.step)!;
    assert.equal(this.isHubUp, true, 'nothing starts without the hub');
    assert.equal(step.state, 'open', 'what ended does not start');
    assert.equal(this.isWanted(command.step), true, 'what starts is wanted');
    assert.equal(this.#isUnblocked(step), true, 'dependencies come first');
    assert.equal(this.isRunning(command.step), false, 'no step runs twice at once');
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
      // Short ones may fill a gap that it is too long for.
      if (this.#mayWaitFor(step, builder) || this.#isKept(builder, this.#priorityOf(id))) continue;
      assert.equal(this.#couldRun(builder, step), false, `${id} comes before ${started}`);
    }
  }

  #priorityOf(id: StepId): number {
    const wanting = [...this.runs.values()].filter((run) => run.isActive && run.held.has(id));
    return Math.max(...wanting.map(({ priority }) => priority));
  }

  #endStep(id: StepId, result: StepResult): void {
    const good = isGood(result);
    const step = this.steps.get(id)!;
    const group = [...this.groups.values()].find(({ members }) => members.includes(id));
    if (good) assert.include([undefined, 'committed'], group?.state, 'nothing counts uncommitted');
    assert.equal(step.state, 'open', 'a step ends once');
    step.state = good ? 'good' : 'bad';
    // The cause of a consequence has stopped its runs, unless that was lost and may be tried again.
    if (good || ['group-lost', 'dependency-failed'].includes(result.type)) return;
    for (const run of this.runs.values()) {
      if (run.held.has(id) && !run.keepGoing) run.isActive = false;
    }
  }

  #checkAttempts(): void {
    assert.deepEqual([...this.skipped], [], 'what is skipped stops');
    for (const { step, isStopping } of this.attempts.values()) {
      assert.equal(this.#isAwaited(step), true, 'no run ends before its attempts');
      if (!isStopping) assert.equal(this.isWanted(step), true, 'unwanted work is stopped');
    }
  }

  /** A step that was lost before may wait for another builder; every other only for a faster one. */
  #checkIdleSlots(): void {
    if (!this.isHubUp) return;
    for (const [id, step] of this.steps) {
      if (!this.#isReady(id, step)) continue;
      for (const [name, { strikes }] of this.builders) {
        // After a quarantine it gets one at a time.
        if (strikes >= usualPatience.maximumStrikes || this.#mayWaitFor(step, name)) continue;
        if (this.#isKept(name, this.#priorityOf(id))) continue;
        assert.equal(this.#couldRun(name, step), false, `${name} idles while ${id} waits`);
      }
    }
  }

  /** What becomes of one member becomes of all; and none that could be held waits. */
  #checkGroup(group: ModelGroup): void {
    const { members, state } = group;
    const isLive = this.liveGroup(group.request.id) !== undefined;
    const open = members.filter((id) => this.steps.get(id)?.state === 'open' && this.isWanted(id));
    if (!isLive) assert.deepEqual(open, [], 'members end together');
    if (!isLive) return;
    const running = [...this.attempts.values()].filter(({ step }) => members.includes(step));
    if (state === 'ending') assert.isTrue(running.every(({ isStopping }) => isStopping));
    if (group.wasLost || !this.#isGroupReady(group) || !this.isHubUp) return;
    const rivals = [...this.groups.values()].filter((one) => one !== group && one.hasAged);
    if (rivals.length === 0) assert.equal(this.#couldSeat(group), false, 'a group waits in vain');
  }

  #isGroupReady({ members, state, request }: ModelGroup): boolean {
    const isIdle = (id: StepId): boolean =>
      this.#isUnblocked(this.steps.get(id)!) && !this.isRunning(id);
    return state === 'waiting' && this.liveGroup(request.id) !== undefined && members.every(isIdle);
  }

  /** Goes through all ways there are. */
  #couldSeat(group: ModelGroup): boolean {
    const usable = [...this.builders.keys()].filter((name) => {
      const { strikes } = this.builders.get(name)!;
      return strikes < usualPatience.maximumStrikes && this.#hasRoom(name);
    });
    return [...waysToSeat(group.members, usable)].some((places) => {
      const began: AttemptId[] = [];
      for (const [step, builder] of places) {
        if (!this.#couldRun(builder, this.steps.get(step)!)) break;
        began.push(-1 - began.length);
        this.attempts.set(-began.length, { step, builder, isStopping: false });
      }
      for (const id of began) this.attempts.delete(id);
      return began.length === places.size && group.allows(places);
    });
  }

  /** Whether the builder may keep its slots for a group that has waited for long. */
  #isKept(name: string, priority: number): boolean {
    const { offer } = this.builders.get(name)!;
    return [...this.groups.values()].some(
      (group) =>
        group.hasAged &&
        this.#isGroupReady(group) &&
        group.members.some(
          (id) => this.#priorityOf(id) >= priority && fits(this.steps.get(id)!.request, offer),
        ),
    );
  }

  /** Whether another builder is full that would be faster at the step, were one of its slots free. */
  #mayWaitFor(step: ModelStep, name: string): boolean {
    const slownessHere = (1 + this.#loadOf(name)) / this.builders.get(name)!.offer.speedFactor;
    return [...this.builders].some(([other, { offer, isUp, isDrained, isQuarantined }]) => {
      const isWorking = isUp && !isDrained && !isQuarantined;
      const isFull = this.#loadOf(other) === 1 || this.#isKept(other, -Infinity);
      const isFaster = (2 - 1 / offer.slots) / offer.speedFactor < slownessHere;
      return isWorking && isFull && isFaster && fits(step.request, offer);
    });
  }

  #loadOf(name: string): number {
    const running = [...this.attempts.values()].filter(({ builder }) => builder === name);
    return running.length / this.builders.get(name)!.offer.slots;
  }

  /** Whether it may start at once, wherever that is. */
  #isReady(id: StepId, step: ModelStep): boolean {
    const isOpen = step.state === 'open' && step.faults === 0;
    const isPlain = isOpen && this.liveGroupOf(id) === undefined;
    return isPlain && this.isWanted(id) && this.#isUnblocked(step) && !this.isRunning(id);
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

  #isUnblocked({ needs }: ModelStep): boolean {
    return [...needs].every((id) => this.steps.get(id)?.state === 'good');
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
