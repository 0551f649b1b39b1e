import type {
  FeaturesMissing,
  PoisonedDerivation,
  RunEvent,
  StepEnded,
} from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood } from '@dispatch/scheduler/result';

/** What a run's report does not hold, kept from its events until the end. */
export class RunLog {
  readonly ends: Map<StorePath, StepEnded> = new Map();
  /** By builder. */
  readonly featuresMissing: Map<string, FeaturesMissing> = new Map();
  /** The phase that steps are in, or were in when they failed: a builder's words. */
  readonly phases: Map<StorePath, string> = new Map();
  readonly #poisoned: Map<StorePath, PoisonedDerivation> = new Map();

  get poisoned(): readonly PoisonedDerivation[] {
    return [...this.#poisoned.values()];
  }

  observe(event: RunEvent): void {
    if (event.type === 'step-started') this.phases.delete(event.step);
    if (event.type === 'step-phase') this.phases.set(event.step, event.phase);
    if (event.type === 'step-ended') this.#end(event);
    if (event.type === 'features-missing') this.featuresMissing.set(event.builder, event);
    if (event.type === 'poison-found') {
      for (const one of event.poisoned) this.#poisoned.set(one.rewritten, one);
    }
  }

  #end(event: StepEnded): void {
    this.ends.set(event.step, event);
    if (isGood(event.result)) this.phases.delete(event.step);
  }
}
