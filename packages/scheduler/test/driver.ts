import type { Command } from '../src/command.ts';
import type {
  AttemptId,
  AttemptOutcome,
  BuilderOffer,
  Capability,
  GroupRequest,
  PresentInput,
  RunId,
  SchedulerEvent,
  StepId,
  StepRequest,
} from '../src/event.ts';
import type { Farm } from '../src/farm.ts';
import { RecordedScheduler } from '../src/history.ts';
import type { Patience } from '../src/patience.ts';
import type { StepResult } from '../src/result.ts';

/** The step that tests call by this short name. */
export function stepId(name: string): StepId {
  return `/nix/store/00000000000000000000000000000000-${name}.drv` as StepId;
}

/** A request for `name`, plain but for what is given. */
export function request(name: string, given: Partial<StepRequest> = {}): StepRequest {
  return {
    id: stepId(name),
    system: 'x86_64-linux',
    requiredFeatures: [],
    dependencies: [],
    weight: undefined,
    ...given,
  };
}

/** An input that these builders hold, and nothing has to be built for. */
export function presentAt(name: string, heldBy: string[], bytes: number): PresentInput {
  return { path: stepId(name), bytes, heldBy };
}

/** Requests from short text: `a b<a c<a,b` is a, b that needs a, and c that needs both. */
export function graph(text: string): StepRequest[] {
  return text.split(' ').map((word) => {
    const [name = '', needs = ''] = word.split('<');
    return request(name, { dependencies: needs === '' ? [] : needs.split(',').map(stepId) });
  });
}

/** A line of a machine, plain but for what is given. */
export function line(given: Partial<Capability> = {}): Capability {
  return {
    systems: ['x86_64-linux'],
    speedFactor: 1,
    supportedFeatures: [],
    mandatoryFeatures: [],
    ...given,
  };
}

/** A builder of one slot, plain but for what is given. */
export function offer(name: string, given: Partial<BuilderOffer> = {}): BuilderOffer {
  return { name, slots: 1, ...line(), ...given };
}

/** A group of these members, plain but for what is given; its join goes by the group's name. */
export function groupOf(
  name: string,
  members: readonly string[],
  given: Partial<GroupRequest> = {},
): GroupRequest {
  return {
    id: stepId(name),
    members: members.map((member) => ({ step: stepId(member), builders: undefined })),
    apart: [],
    together: [],
    queueMs: undefined,
    ...given,
  };
}

/** Feeds events in and keeps what came out, by the short names. */
export class Driver {
  readonly history: RecordedScheduler;
  readonly commands: Command[] = [];
  readonly running: Map<AttemptId, { step: string; builder: string }> = new Map();
  readonly results: Map<RunId, ReadonlyMap<StepId, StepResult>> = new Map();
  /** What the last event led to, as `start a on X`, `stop a on X`, `a succeeded`, `end run`. */
  said: string[] = [];

  constructor(options: Partial<Patience> = {}) {
    this.history = new RecordedScheduler(options);
  }

  feed(event: SchedulerEvent): string[] {
    if (event.type === 'attempt-ended') this.running.delete(event.attempt);
    const commands = this.history.feed(event);
    if (event.type === 'builder-down' || event.type === 'builder-removed')
      this.#lose(event.builder);
    for (const command of commands) this.#note(command);
    this.said = commands.map(inWords);
    return this.said;
  }

  builders(...offers: BuilderOffer[]): string[] {
    return offers.flatMap((builder) => this.feed({ type: 'builder-added', builder }));
  }

  run(run: RunId, steps: readonly StepRequest[], keepGoing = false): string[] {
    return this.feed({ type: 'run-added', run, keepGoing, steps });
  }

  runGroups(run: RunId, steps: readonly StepRequest[], ...groups: GroupRequest[]): string[] {
    return this.feed({ type: 'run-added', run, keepGoing: false, steps, groups });
  }

  /** All are staged. */
  started(group: string): string[] {
    return this.feed({ type: 'group-started', group: stepId(group) });
  }

  committed(group: string): string[] {
    return this.feed({ type: 'group-committed', group: stepId(group) });
  }

  /** The last time that it asked for has passed. */
  waited(group: string): string[] {
    const id = stepId(group);
    const asked = this.commands.findLast((one) => one.type === 'watch-group' && one.group === id);
    const watch = asked?.type === 'watch-group' ? asked.watch : 0;
    return this.feed({ type: 'group-waited', group: id, watch });
  }

  cancel(run: RunId): string[] {
    return this.feed({ type: 'run-cancelled', run });
  }

  up(builder: string): string[] {
    return this.feed({ type: 'builder-up', builder });
  }

  down(builder: string): string[] {
    return this.feed({ type: 'builder-down', builder, reason: 'no answer' });
  }

  /** Ends the one attempt of the step that has not ended. */
  end(name: string, outcome: AttemptOutcome): string[] {
    return this.feed({ type: 'attempt-ended', attempt: this.attemptOf(name), outcome });
  }

  succeed(name: string): string[] {
    return this.end(name, { type: 'succeeded' });
  }

  fail(name: string): string[] {
    return this.end(name, { type: 'failed', status: 'PermanentFailure', message: 'exit 1' });
  }

  lose(name: string): string[] {
    return this.end(name, { type: 'infrastructure-fault', reason: 'broken link' });
  }

  /** As `lose`, where it was this builder that inputs could not be had from. */
  loseInputs(name: string, source: string): string[] {
    return this.end(name, { type: 'infrastructure-fault', reason: 'unreadable', source });
  }

  attemptOf(name: string): AttemptId {
    for (const [attempt, { step: running }] of this.running) if (running === name) return attempt;
    throw new Error(`no attempt of ${name} is running`);
  }

  result(run: RunId, name: string): StepResult | undefined {
    return this.results.get(run)?.get(stepId(name));
  }

  /** What the state holds; it cannot be used on after that. */
  contents(): Farm {
    return this.history.state.consume();
  }

  #lose(builder: string): void {
    for (const [attempt, running] of this.running) {
      if (running.builder === builder) this.running.delete(attempt);
    }
  }

  #note(command: Command): void {
    this.commands.push(command);
    if (command.type === 'start-attempt') {
      const { attempt, step: id, builder } = command;
      this.running.set(attempt, { step: shortName(id), builder });
    }
    if (command.type === 'start-group') {
      for (const { attempt, step: id, builder } of command.attempts) {
        this.running.set(attempt, { step: shortName(id), builder });
      }
    }
    if (command.type === 'run-ended') this.results.set(command.run, command.results);
  }
}

function inWords(command: Command): string {
  switch (command.type) {
    case 'start-attempt':
      return `start ${shortName(command.step)} on ${command.builder}`;
    case 'cancel-attempt':
      return `stop ${shortName(command.step)} on ${command.builder}`;
    case 'step-ended':
      return `${shortName(command.step)} ${command.result.type}`;
    case 'run-ended':
      return `end ${command.run}`;
    case 'probe-builder':
      return `probe ${command.builder} after ${command.afterMs}`;
    case 'probe-hub':
      return `probe hub after ${command.afterMs}`;
    case 'rest-step':
      return `rest ${shortName(command.step)} for ${command.afterMs}`;
    case 'restore-inputs':
      return `restore inputs of ${shortName(command.step)}`;
    case 'watch-slots':
      return `watch ${command.watch} for ${command.afterMs}`;
    case 'start-group': {
      const places = command.attempts.map(
        ({ step, builder }) => `${shortName(step)} on ${builder}`,
      );
      return `start ${shortName(command.group)}: ${places.join(', ')}`;
    }
    case 'requeue-group':
      return `requeue ${shortName(command.group)}`;
    case 'commit-group':
      return `commit ${shortName(command.group)}`;
    case 'watch-group':
      return `watch ${command.watch} for ${shortName(command.group)} for ${command.afterMs}`;
    default:
      return command satisfies never;
  }
}

function shortName(id: StepId): string {
  return id.slice(id.indexOf('-') + 1, -'.drv'.length);
}
