import type { DaemonFacts, DaemonStore } from '@dispatch/builders/daemon-store';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { GroupKey } from '@dispatch/graph/groups/group';
import type { StorePath } from '@dispatch/nix/store-path';
import type { Command, MemberAttempt } from '@dispatch/scheduler/command';
import type {
  AttemptOutcome,
  BuilderName,
  RunId,
  SchedulerEvent,
  StepRequest,
} from '@dispatch/scheduler/event';
import { type Patience, usualPatience } from '@dispatch/scheduler/patience';
import type { WhyHere } from '@dispatch/scheduler/why-here';
import type { FarmBuilder } from '../farm/farm-builder.ts';
import { Roster } from '../farm/roster.ts';
import type { Steering } from '../farm/steering.ts';
import { GroupsUnderWay } from '../groups/groups-under-way.ts';
import { AttemptsUnderWay } from './attempts-under-way.ts';
import { Execution, type Results, type Work } from './execution.ts';
import { HoldUps } from './hold-ups.ts';
import { MachineCalls } from './machine-calls.ts';
import { restoreInputs } from './restore-inputs.ts';
import { Scheduling } from './scheduling.ts';
import { SharedStep } from './shared-step.ts';
import { StepAttempt } from './step-attempt.ts';

export interface ExecutorOptions {
  /** The store that results go to. */
  readonly hub: DaemonStore;
  /** The hub's own store is among them if it builds, too. */
  readonly builders: readonly FarmBuilder[];
  /** How long lost machines are waited for; undefined for the usual. */
  readonly patience?: Patience | undefined;
}

/**
 * How many of the other builders are kept with a decision, and why they did not get the step: a farm may
 * have a thousand.
 */
const keptOthers = 16;

/**
 * Builds on a farm, for any number of runs at a time: they share its slots, what is known of the health
 * of its builders, and each step that several of them want. All decisions are the scheduler's; all
 * effects begin here.
 */
export class Executor {
  readonly hub: DaemonStore;
  readonly patience: Patience;
  readonly roster: Roster;
  readonly #scheduling: Scheduling;
  readonly #calls: MachineCalls;
  readonly #runs = new Map<RunId, Execution>();
  readonly #steps = new Map<StorePath, SharedStep>();
  readonly #attempts = new AttemptsUnderWay((error) => this.#breakDown(error));
  readonly #groups = new GroupsUnderWay({
    attempts: this.#attempts,
    newAttempt: (command) => this.#newAttempt(command),
    report: (attempt, outcome) => this.#report(attempt, outcome),
    tell: (event) => this.#scheduling.tell(event),
    onError: (error) => this.#breakDown(error),
  });
  #restorations = 0;
  readonly #holdUps = new HoldUps((run, event) => this.#runs.get(run)?.work.emit(event));

  /** Connects to nobody. Whoever makes it closes it, and then the stores. */
  constructor({ hub, builders, patience = usualPatience }: ExecutorOptions) {
    this.hub = hub;
    this.patience = patience;
    this.#scheduling = new Scheduling(patience, {
      carryOut: (command) => this.#carryOut(command),
      refuse: (event, error) => this.#refuse(event, error),
      onDecided: () => this.#holdUps.note(this.#scheduling.heldUp()),
    });
    const tell = (event: SchedulerEvent): void => this.#scheduling.tell(event);
    const parties = (): Work[] => [...this.#runs.values()].map(({ work }) => work);
    const onAnswer = (builder: FarmBuilder, facts: DaemonFacts): void =>
      this.roster.noteTrust(builder, facts);
    this.#calls = new MachineCalls({ hub, builders, parties, onAnswer, tell });
    this.roster = new Roster({ hub, builders, calls: this.#calls, tell });
  }

  /**
   * Carries out what a run wants. When this resolves, every step is built, failed, given up or
   * cancelled, and nothing is under way for the run.
   */
  async carryOut(work: Work): Promise<Results> {
    const run = new Execution(work);
    const stop = (): void => this.stop(work.run);
    work.signal.addEventListener('abort', stop, { once: true });
    try {
      this.#admit(run);
      if (work.signal.aborted) stop();
      return await run.results();
    } finally {
      work.signal.removeEventListener('abort', stop);
    }
  }

  /** Starts nothing more for the run, and stops what no other run wants; then `carryOut` resolves. */
  stop(run: RunId): void {
    this.#scheduling.tell({ type: 'run-cancelled', run });
  }

  /** Takes a builder out of use, or back into use, for all runs; an unknown name is ignored. */
  steer(builder: BuilderName, steering: Steering): void {
    const there = this.#attempts.on(builder);
    this.roster.steer(builder, steering);
    for (const { step, signal } of there) {
      const { path, name, audience } = step;
      if (signal.aborted) audience.tell({ type: 'attempt-moved', step: path, name, builder });
    }
  }

  /** Where a step is at this moment, and why; undefined when no run wants it. */
  whyHere(step: StorePath): WhyHere | undefined {
    return this.#scheduling.whyHere(step);
  }

  /** Calls a store after a failure; resolves to whether it is out of use for all runs. */
  isAway(store: DaemonStore): Promise<boolean> {
    return this.#calls.isAway(store);
  }

  /** The marks of groups that are under way: a run that wants the same combination joins them. */
  groupMarks(): ReadonlyMap<GroupKey, string> {
    return this.#groups.marks();
  }

  /** Stops calling machines. All runs must have ended. */
  close(): void {
    this.#calls.close();
  }

  #admit(run: Execution): void {
    const { run: id, request, groups } = run.work;
    const steps = this.#enrol(run);
    const { keepGoing, priority } = request;
    this.#scheduling.tell({
      type: 'run-added',
      run: id,
      keepGoing,
      priority,
      steps,
      groups: groups.map((group) => group.request),
    });
  }

  /** Enters the run into all its steps and groups, or into none when that fails. */
  #enrol(run: Execution): readonly StepRequest[] {
    const { run: id, steps, requestsFor, stores } = run.work;
    this.roster.enlist();
    this.#runs.set(id, run);
    try {
      for (const { node } of steps) this.#stepFor(node, run).join(run);
      this.#groups.admit(run);
      // The plan may have been made before these stores were lost.
      for (const store of this.#calls.away()) stores.loseBuilder(store);
      return requestsFor(steps);
    } catch (error) {
      this.#dismiss(id);
      throw error;
    }
  }

  #stepFor({ path, name }: DerivationNode, { work }: Execution): SharedStep {
    const known = this.#steps.get(path);
    const made = known?.made;
    const isLost =
      made !== undefined &&
      (this.#calls.faultOf(made.store) !== undefined || work.stores.hasLost(made));
    if (isLost) this.#scheduling.tell({ type: 'step-lost', step: path });
    if (known !== undefined && !known.hasFailed && !isLost) return known;
    const step = new SharedStep(path, name);
    this.#steps.set(path, step);
    return step;
  }

  /** Throws for a path that was never given to the scheduler. */
  #stepOf(path: StorePath): SharedStep {
    const step = this.#steps.get(path);
    if (step === undefined) throw new Error(`the scheduler has ${path}, which nobody wants`);
    return step;
  }

  #carryOut(command: Command): void {
    try {
      this.#obey(command);
    } catch (error) {
      this.#breakDown(error);
    }
  }

  #obey(command: Command): void {
    switch (command.type) {
      case 'start-attempt':
        return this.#start(command);
      case 'cancel-attempt':
        return this.#attempts.cancel(command.attempt);
      case 'step-ended':
        this.#groups.noteResult(command.step, command.result);
        return this.#steps.get(command.step)?.end(command.result);
      case 'start-group':
        return this.#groups.start(command.group, command.attempts);
      case 'requeue-group':
        return this.#groups.requeue(command.group, command.reason);
      case 'commit-group':
        return this.#groups.commit(command.group);
      case 'watch-group':
        return this.#calls.after(command.afterMs, () =>
          this.#scheduling.tell({
            type: 'group-waited',
            group: command.group,
            watch: command.watch,
          }),
        );
      case 'run-ended':
        return this.#dismiss(command.run)?.end(command.results);
      case 'probe-builder':
        return this.#calls.callBuilderAfter(command.afterMs, command.builder);
      case 'probe-hub':
        return this.#calls.after(command.afterMs, () => this.#calls.callHub());
      case 'rest-step':
        return this.#calls.after(command.afterMs, () =>
          this.#scheduling.tell({ type: 'step-rested', step: command.step }),
        );
      case 'restore-inputs':
        return this.#restoreInputs(command.step);
      case 'watch-slots':
        return this.#calls.after(command.afterMs, () =>
          this.#scheduling.tell({ type: 'watch-ended', watch: command.watch }),
        );
    }
  }

  #start(command: MemberAttempt): void {
    const attempt = this.#newAttempt(command);
    void this.#attempts.begin(
      attempt,
      () => this.#attend(attempt),
      () => attempt.stop(),
    );
  }

  #newAttempt({ attempt: id, step: path, builder }: MemberAttempt): StepAttempt {
    const step = this.#stepOf(path);
    const decision = this.#scheduling.whyHere(path, keptOthers);
    const chosen = { builder: this.#calls.builder(builder), decision };
    const attempt = new StepAttempt(id, step, chosen, (store) => this.isAway(store));
    step.begin(attempt);
    return attempt;
  }

  async #attend(attempt: StepAttempt): Promise<void> {
    const outcome = await attempt.carryOut();
    attempt.step.hand(attempt);
    await this.#report(attempt, outcome);
  }

  async #report(attempt: StepAttempt, told: AttemptOutcome): Promise<void> {
    const outcome = attempt.step.bounded(told);
    if (outcome.type === 'infrastructure-fault' || outcome.type === 'inputs-lost')
      attempt.tellLoss(outcome);
    // A builder that cannot be reached is not used any further.
    if (outcome.type === 'infrastructure-fault')
      await this.#calls.suspect(new Set([attempt.builder.store]));
    this.#scheduling.tell({ type: 'attempt-ended', attempt: attempt.id, outcome });
  }

  #restoreInputs(path: StorePath): void {
    const leader = this.#stepOf(path).leader();
    this.#restorations += 1;
    const run = `${leader.work.run}/${this.#restorations}`;
    const over = leader.work.stores
      .whileHeld(() => restoreInputs(leader, path, run, (work) => this.carryOut(work)))
      .then((fault) => this.#scheduling.tell({ type: 'inputs-restored', step: path, fault }))
      .catch((error: unknown) => this.#breakDown(error));
    leader.await(over);
  }

  #dismiss(id: RunId): Execution | undefined {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    if (run !== undefined) this.#groups.dismiss(run);
    for (const { node } of run?.work.steps ?? []) {
      const step = this.#steps.get(node.path);
      if (run === undefined || step === undefined) continue;
      step.leave(run);
      if (step.runs.size === 0) this.#steps.delete(node.path);
    }
    return run;
  }

  #refuse(event: SchedulerEvent, error: unknown): void {
    if (event.type === 'run-added') this.#dismiss(event.run)?.fail(error);
    else this.#breakDown(error);
  }

  /**
   * Ends everything after a bug: nobody decides any longer what is wanted, so no build may go on
   * for hours.
   */
  #breakDown(error: unknown): void {
    this.#attempts.cancelAll();
    for (const id of this.#runs.keys()) this.#dismiss(id)?.fail(error);
  }
}
