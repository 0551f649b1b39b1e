import type { StorePath } from '@dispatch/nix/store-path';
import type { PresentInput, StepRequest } from './event.ts';
import type { Builder, Farm, Outputs, Step } from './farm.ts';

/** About what a gigabit link carries. */
const bytesPerMs = 100_000;

/**
 * Stands in for an unknown size: inputs then count by their number, and only decide between
 * otherwise equal builders.
 */
const unknownBytes = 1;

/** Most holders noted of each output: if more have it, each builder may get it from nearby. */
const notedHolders = 16;

/** Outputs that no builder is known to hold; shared by all steps of which that is true. */
export const noOutputs: Outputs = { bytes: unknownBytes, heldBy: [] };

/** Outputs of a step that the builder made and therefore holds. */
export function madeAt(builder: Builder, bytes: number | undefined): Outputs {
  return { bytes: bytes ?? unknownBytes, heldBy: [builder] };
}

const none: readonly Outputs[] = [];

/**
 * The inputs that existed before a run, and their holders; steps of the run that need the same
 * input share one record.
 */
export class NotedInputs {
  readonly #farm: Farm;
  readonly #known = new Map<StorePath, Outputs>();

  constructor(farm: Farm) {
    this.#farm = farm;
  }

  /**
   * The existing inputs of a step, without those that many builders have: these decide as little as
   * those that all have.
   */
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

/** Notes that the builder holds all inputs of the step: it is sent them when it starts it. */
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

/**
 * Bytes of the step's inputs that each builder is known to hold, without builders that hold none.
 */
export function inputsHeld(step: Step): ReadonlyMap<Builder, number> {
  const held = new Map<Builder, number>();
  eachInput(step, ({ bytes, heldBy }) => {
    for (const builder of heldBy) held.set(builder, (held.get(builder) ?? 0) + bytes);
  });
  return held;
}

/** Bytes of the step's inputs that lie on at least one builder that `isNear` accepts. */
export function inputsNear(step: Step, isNear: (builder: Builder) => boolean): number {
  let near = 0;
  eachInput(step, ({ bytes, heldBy }) => {
    if (heldBy.some(isNear)) near += bytes;
  });
  return near;
}

/** Milliseconds saved by not having to copy these bytes. */
export function savedMs(heldBytes: number): number {
  return heldBytes / bytesPerMs;
}
