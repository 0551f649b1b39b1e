import type { PlannedGroup, RunEvent } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunStatus } from '../messages/answer.ts';

type BuildingStep = RunStatus['building'][number];

/** The steps of a run that are being built now, as its events tell. */
export class BuildingSteps {
  readonly #steps = new Map<StorePath, BuildingStep>();
  /** By group: its members. */
  readonly #members = new Map<StorePath, readonly StorePath[]>();

  get all(): BuildingStep[] {
    return [...this.#steps.values()];
  }

  note(event: RunEvent): void {
    const { type } = event;
    if (type === 'planned') for (const group of event.groups) this.#expect(group);
    if (type === 'step-started') {
      this.#steps.set(event.step, { name: event.name, builder: event.builder });
    }
    if (type === 'attempt-lost' || type === 'attempt-moved' || type === 'inputs-lost') {
      this.#steps.delete(event.step);
    }
    if (type === 'step-ended') this.#steps.delete(event.step);
    // Only the member that caused it has an event of its own.
    if (type === 'group-requeued') {
      for (const step of this.#members.get(event.group) ?? []) this.#steps.delete(step);
    }
  }

  #expect({ group, members }: PlannedGroup): void {
    const steps = members.map(({ step }) => step);
    this.#members.set(group, steps);
  }

  clear(): void {
    this.#steps.clear();
  }
}
