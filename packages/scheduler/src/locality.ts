import type { StepRequest } from './event.ts';
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

/** What was there before. */
export function presentAt(farm: Farm, at: NonNullable<StepRequest['presentAt']>): Outputs {
  const holders = at.map((name) => farm.builders.get(name)).filter((one) => one !== undefined);
  return { bytes: unknownBytes, heldBy: holders.slice(0, notedHolders) };
}

/** A builder that starts a step is given all its inputs. */
export function noteInputsAt(builder: Builder, step: Step): void {
  for (const dependency of step.dependencies) {
    if (dependency.outputs === noOutputs) dependency.outputs = { ...noOutputs, heldBy: [] };
    const { heldBy } = dependency.outputs;
    if (heldBy.length < notedHolders && !heldBy.includes(builder)) heldBy.push(builder);
  }
}

/** How many bytes of the step's inputs the builder is known to hold. */
export function inputsHeld({ dependencies }: Step, builder: Builder): number {
  let bytes = 0;
  for (const { outputs } of dependencies) {
    if (outputs.heldBy.includes(builder)) bytes += outputs.bytes;
  }
  return bytes;
}

/** How many bytes the inputs have of a step that is ready. */
export function inputBytes({ phase }: Step): number {
  return phase.type === 'ready' ? phase.inputBytes : 0;
}

/** The same, found out once it can be known. */
export function sumInputs({ dependencies }: Step): number {
  let bytes = 0;
  for (const { outputs } of dependencies) bytes += outputs.bytes;
  return bytes;
}

/** Milliseconds that need not be spent on copying these bytes. */
export function savedMs(heldBytes: number): number {
  return heldBytes / bytesPerMs;
}
