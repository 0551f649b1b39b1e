import type { MemberVariant } from '@dispatch/graph/groups/group';
import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';
import type { ClientOptions } from '@dispatch/protocol/client-options';
import { EngineError } from '../errors.ts';
import type { Agreement } from '../execute/agreement.ts';
import type { MadeOutputs } from '../execute/run-stores.ts';
import type { StepAttempt } from '../execute/step-attempt.ts';

/** How a member reaches all others, by way of the attempt of their group. */
export interface Fellows {
  /** Called when all its inputs are there; resolves at the moment at which all begin. */
  readonly ready: (member: Member) => Promise<void>;
  readonly heard: (member: Member, line: string) => void;
  /** Called when it has ended well; resolves when it counts, and rejects when it does not. */
  readonly done: (member: Member) => Promise<void>;
}

/** One member of a group that is being carried out, on its machine. */
export class Member implements Agreement {
  readonly variant: MemberVariant;
  readonly attempt: StepAttempt;
  readonly outputs: readonly { readonly name: string; readonly path: StorePath }[];
  readonly #fellows: Fellows;
  #stage: 'staging' | 'ready' | 'done' | 'over' = 'staging';
  #endedAt: number | undefined;
  #made: MadeOutputs | undefined;

  constructor(variant: MemberVariant, attempt: StepAttempt, fellows: Fellows) {
    this.variant = variant;
    this.attempt = attempt;
    this.#fellows = fellows;
    this.outputs = attempt.leader.step(variant.path).node.text.outputs.map(({ name, path }) => ({
      name,
      path: path as StorePath,
    }));
  }

  get name(): string {
    return this.variant.name;
  }

  get isReady(): boolean {
    return this.#stage !== 'staging';
  }

  /** Whether its build ended well. */
  get isDone(): boolean {
    return this.#made !== undefined;
  }

  /** Whether nothing of it goes on, except that its outputs may still be held. */
  get isOver(): boolean {
    return this.#stage === 'done' || this.#stage === 'over';
  }

  get made(): MadeOutputs | undefined {
    return this.#made;
  }

  /** When its build ended, well or not; milliseconds of `performance.now`. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  /**
   * Nothing may be fetched: that would not be part of this test. An override would stick to the
   * connection for all later uses.
   */
  optionsFrom(usual: ClientOptions): ClientOptions {
    return { ...usual, useSubstitutes: false };
  }

  begin(): Promise<void> {
    this.#stage = 'ready';
    return this.#fellows.ready(this);
  }

  hear(line: string): void {
    this.#fellows.heard(this, line);
  }

  async settle(status: BuildStatus, made: MadeOutputs): Promise<void> {
    if (status !== 'Built') throw notBuilt(this, status);
    this.#stage = 'done';
    this.#endedAt = performance.now();
    this.#made = made;
    await this.#fellows.done(this);
    await this.#keep(made);
  }

  /** Notes that nothing of it goes on any more. */
  end(): void {
    this.#stage = 'over';
    this.#endedAt ??= performance.now();
  }

  /** Has its run hold the outputs, once they count. Where that fails, they are lost with their machine. */
  async #keep(made: MadeOutputs): Promise<void> {
    const { stores } = this.attempt.leader.work;
    const paths = made.infos.map(({ path }) => path);
    await stores
      .rootsIn(made.store)
      .add(paths)
      .catch(() => {});
    stores.accept(made);
  }
}

/** The error for outputs that were there already, or came from a cache: nothing was tested. */
function notBuilt({ name, attempt }: Member, status: BuildStatus): EngineError {
  const { uri } = attempt.builder.machine;
  return new EngineError(
    'not-built',
    `${uri} did not build ${name} but had its outputs already (${status}): only what runs in this ` +
      'attempt counts; all members get new paths with the next',
  );
}
