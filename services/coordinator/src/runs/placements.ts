import type { Decision, RunEvent, StepOutlook } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import type { WhyHere } from '@dispatch/scheduler/why-here';
import type { StepPlace } from '../messages/answer.ts';

/** Tells where a step is at present; undefined for an unknown step. */
export type AskStep = (step: StorePath) => WhyHere | undefined;

/** Where the steps of one run went and why; for each step the last time counts. */
export class Placements {
  readonly #steps = new Map<StorePath, StepOutlook>();
  readonly #decisions = new Map<StorePath, Decision>();
  readonly #results = new Map<StorePath, StepResult>();
  #ask: AskStep = () => undefined;
  #isOver = false;

  /** Sets what is asked about steps that wait, while the run is carried out. */
  set asks(ask: AskStep) {
    this.#ask = ask;
  }

  note(event: RunEvent): void {
    if (event.type === 'planned') {
      for (const step of event.steps) this.#steps.set(step.rewritten, step);
    }
    if (event.type === 'step-placed') this.#decisions.set(event.step, event.decision);
    if (event.type === 'step-ended') this.#results.set(event.step, event.result);
  }

  /** To be called when the run has ended: no step waits for anything any longer. */
  end(): void {
    this.#isOver = true;
  }

  /** The steps that a word names: the path of a derivation or of an output, or a name. */
  called(word: string): StorePath[] {
    return [...this.#steps.values()]
      .filter((step) => isCalled(step, word))
      .map(({ rewritten }) => rewritten);
  }

  /** Where a step is, or was, and why there; undefined for a step of no plan. */
  placeOf(step: StorePath): StepPlace | undefined {
    const outlook = this.#steps.get(step);
    if (outlook === undefined) return undefined;
    const { rewritten, original, name } = outlook;
    const result = this.#results.get(step);
    return { step: rewritten, original, name, ...this.#whereIs(step, result), result };
  }

  #whereIs(step: StorePath, result: StepResult | undefined): WhyHere {
    const unended = this.#isOver ? 'dropped' : 'waiting';
    const now = this.#ask(step) ?? { ...nowhere, phase: unended };
    const isPlaced = result !== undefined || this.#isOver || now.chosen !== undefined;
    // What was known when the decision was made tells more than what is known now.
    const decision = isPlaced ? this.#decisions.get(step) : undefined;
    const phase = result === undefined ? now.phase : 'ended';
    return { ...now, ...decision, phase };
  }
}

const nowhere = {
  waitsFor: [],
  hubFault: undefined,
  chosen: undefined,
  passedOver: [],
  untold: 0,
} as const;

function isCalled({ rewritten, original, name, outputs }: StepOutlook, word: string): boolean {
  if (word === rewritten || word === original || word === name) return true;
  return outputs.some((output) => word === output.rewritten || word === output.original);
}
