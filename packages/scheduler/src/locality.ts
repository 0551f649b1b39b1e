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

const none: readonly Outputs[] = [];

/** What there was before a run, and where: all of its steps that need the same share what is noted of it. */
export class NotedInputs {
  readonly #farm: Farm;
  readonly #known = new Map<StorePath, Outputs>();

  constructor(farm: Farm) {
    this.#farm = farm;
  }

  /** What many have decides as little as what all have, and is left out. */
  of({ present }: StepRequest): readonly Outputs[] {
    if (present === undefined) return none;
    return present
      .map((input) => this.#noted(input))
      .filter(({ heldBy }) => heldBy.length <= notedHolders);
  }

  #noted({ path, bytes, heldBy: names }: PresentInput): Outputs {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const holders = names.map((name) => this.#farm.builders.get(name));
    const noted = { bytes, heldBy: holders.filter((one) => one !== undefined) };
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

function eachInput({ dependencies, present }: Step, use: (input: Outputs) => void): void {
  for (const { outputs } of dependencies) use(outputs);
  for (const outputs of present) use(outputs);
}

/** How many bytes of the step's inputs each builder is known to hold that holds any. */
export function inputsHeld(step: Step): ReadonlyMap<Builder, number> {
  const held = new Map<Builder, number>();
  eachInput(step, ({ bytes, heldBy }) => {
    for (const builder of heldBy) held.set(builder, (held.get(builder) ?? 0) + bytes);
  });
  return held;
}

/** How many bytes of the step's inputs lie on any such builder. */
export function inputsNear(step: Step, isNear: (builder: Builder) => boolean): number {
  let near = 0;
  eachInput(step, ({ bytes, heldBy }) => {
    if (heldBy.some(isNear)) near += bytes;
  });
  return near;
}

/** Milliseconds that need not be spent on copying these bytes. */
export function savedMs(heldBytes: number): number {
  return heldBytes / bytesPerMs;
}
