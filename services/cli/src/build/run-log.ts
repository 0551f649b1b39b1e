import type {
  FeaturesMissing,
  PoisonedDerivation,
  RunEvent,
  StepEnded,
} from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';

/** What a run's report does not hold, kept from its events until the end. */
export class RunLog {
  readonly ends: Map<StorePath, StepEnded> = new Map();
  /** By builder. */
  readonly featuresMissing: Map<string, FeaturesMissing> = new Map();
  poisoned: readonly PoisonedDerivation[] = [];

  observe(event: RunEvent): void {
    if (event.type === 'step-ended') this.ends.set(event.step, event);
    if (event.type === 'features-missing') this.featuresMissing.set(event.builder, event);
    if (event.type === 'poison-found') this.poisoned = event.poisoned;
  }
}
