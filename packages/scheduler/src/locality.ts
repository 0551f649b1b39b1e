import type { StorePath } from '@dispatch/nix/store-path';
import type { PresentInput, StepRequest } from './event.ts';
import type { Builder, Farm, Outputs, Step } from './farm.ts';

/** A gigabit link carries so much, near enough. */
const bytesPerMs = 100_000;

/** Where that is not known, inputs count by their number, and decide among what is alike otherwise. */
const unknownBytes = 1;

/** So many holders are noted of each output: what more of them have, any may fetch from near. */
const notedHolders = 16;

/** Nowhere, as far as anybody knows; shared by all of which that is so. */
export const noOutputs: Outputs = { bytes: unknownBytes, heldBy: [] };

/** What a builder has made, and so holds. */
export function madeAt(builder: Builder, bytes: number | undefined): Outputs {
  return { bytes: bytes ?? unknownBytes, heldBy: [builder] };
}

const nonePresent: readonly Outputs[] = [];

/** What there was before a run, and where: all of its steps that need the same share what is noted of it. */
export class PresentInputs {
  readonly #farm: Farm;
  readonly #known = new Map<StorePath, Outputs>();

  constructor(farm: Farm) {
    this.#farm = farm;
  }

  of({ present }: StepRequest): readonly Outputs[] {
    return present === undefined ? nonePresent : present.map((input) => this.#noted(input));
  }

  #noted({ path, bytes, heldBy }: PresentInput): Outputs {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const holders = heldBy.map((name) => this.#farm.builders.get(name));
    const there = holders.filter((one) => one !== undefined).slice(0, notedHolders);
    const noted = { bytes: bytes ?? unknownBytes, heldBy: there };
    this.#known.set(path, noted);
    return noted;
  }
}

/** A builder that starts a step is given all its inputs. */
export function noteInputsAt(builder: Builder, step: Step): void {
  for (const dependency of step.dependencies) {
    if (dependency.outputs === noOutputs) dependency.outputs = { ...noOutputs, heldBy: [] };
  }
  eachInput(step, ({ heldBy }) => {
    if (heldBy.length < notedHolders && !heldBy.includes(builder)) heldBy.push(builder);
  });
}

/** Calls `use` with each input of the step: what it depends on, and what was there before. */
export function eachInput({ dependencies, present }: Step, use: (input: Outputs) => void): void {
  for (const { outputs } of dependencies) use(outputs);
  for (const outputs of present) use(outputs);
}

/** How many bytes of the step's inputs the builder is known to hold. */
export function inputsHeld(step: Step, builder: Builder): number {
  let held = 0;
  eachInput(step, ({ bytes, heldBy }) => {
    if (heldBy.includes(builder)) held += bytes;
  });
  return held;
}

/** How many bytes the inputs have of a step that is ready. */
export function inputBytes({ phase }: Step): number {
  return phase.type === 'ready' ? phase.inputBytes : 0;
}

/** The same, found out once it can be known. */
export function sumInputs(step: Step): number {
  let sum = 0;
  eachInput(step, ({ bytes }) => {
    sum += bytes;
  });
  return sum;
}

/** Milliseconds that need not be spent on copying these bytes. */
export function savedMs(heldBytes: number): number {
  return heldBytes / bytesPerMs;
}
