import type { StepResult } from '@dispatch/scheduler/result';
import type { EventSink, RunEvent } from '../events.ts';
import { Audience } from '../execute/audience.ts';
import type { Execution } from '../execute/execution.ts';
import type { StepAttempt } from '../execute/step-attempt.ts';
import { GroupAttempt, type GroupHands } from './group-attempt.ts';
import type { GroupWork } from './group-work.ts';

/** A group that several runs may want: it is carried out once, and all hear the same of it. */
export class SharedGroup {
  readonly work: GroupWork;
  readonly #audience = new Audience();
  readonly #runs = new Set<Execution>();
  /** Events that tell a run that comes late where the group stands. */
  readonly #past: RunEvent[] = [];
  #attempt: GroupAttempt | undefined;
  #over: Promise<void> = Promise.resolve();
  #result: StepResult | undefined;

  constructor(work: GroupWork) {
    this.work = work;
  }

  /** Throws when none was begun. */
  get attempt(): GroupAttempt {
    if (this.#attempt === undefined) throw new Error('the group was not begun');
    return this.#attempt;
  }

  /** Resolves when nothing goes on for its last attempt. */
  get over(): Promise<void> {
    return this.#over;
  }

  get isWanted(): boolean {
    return this.#runs.size > 0;
  }

  /** Whether it may still succeed under its mark, or has: then another run that wants it joins. */
  get isGood(): boolean {
    if (this.#result !== undefined) return this.#result.type === 'succeeded';
    return this.#attempt?.isSpent !== true;
  }

  join(run: Execution): void {
    this.#runs.add(run);
    const { emit, signal } = run.work;
    if (this.#past.length === 0) this.#audience.join(emit);
    else run.await(this.#audience.joinLate(emit, recounted([...this.#past]), signal));
  }

  /**
   * Removes a run. If nobody else wants the attempt, or its outcome is settled, the run ends only
   * after it.
   */
  leave(run: Execution): void {
    this.#runs.delete(run);
    const { emit } = run.work;
    const isOver = this.#result !== undefined || this.#attempt?.isSpent === true;
    const isItsOwn = !this.isWanted || isOver;
    if (isItsOwn) run.await(this.#over.then(() => this.#audience.leave(emit)));
    else this.#audience.leave(emit);
  }

  begin(attempts: readonly StepAttempt[], hands: Omit<GroupHands, 'emit'>): GroupAttempt {
    this.#attempt = new GroupAttempt(this.work, attempts, { ...hands, emit: this.#tell });
    return this.#attempt;
  }

  /** Takes what resolves when nothing of its last attempt goes on any more. */
  follow(over: Promise<void>): void {
    this.#over = over;
  }

  /** Notes the result of one of its members. */
  noteResult(result: StepResult): void {
    if (result.type === 'group-lost') this.#attempt?.lose(result.reason);
    this.#result = result;
  }

  readonly #tell: EventSink = (event) => {
    if (event.type === 'group-requeued') this.#past.splice(0);
    if (retold.has(event.type)) this.#past.push(event);
    this.#audience.tell(event);
  };
}

const retold: ReadonlySet<RunEvent['type']> = new Set([
  'group-reserved',
  'group-started',
  'group-stopping',
  'group-committing',
  'group-ended',
]);

async function* recounted(events: readonly RunEvent[]): AsyncGenerator<RunEvent> {
  yield* events;
}
