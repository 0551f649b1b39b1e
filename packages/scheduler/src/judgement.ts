import { setStatus } from './builder-status.ts';
import { callAfterQuarantine } from './calls.ts';
import type { AttemptOutcome } from './event.ts';
import type { Attempt, Builder, Farm } from './farm.ts';
import { failedSource } from './retry.ts';
import { addStrike, clearStrikes, isSuspect } from './strikes.ts';

/** Judges a builder, which answers, by how an attempt ended there that nobody asked to stop. */
export function judgeBuilder(farm: Farm, { builder }: Attempt, outcome: AttemptOutcome): void {
  if (failedSource(outcome, builder) !== undefined) return;
  if (outcome.type === 'infrastructure-fault') blame(farm, builder, outcome.reason);
  else if (outcome.type === 'succeeded' || outcome.type === 'failed') acquit(farm, builder);
}

/** Clears a builder's strikes: a derivation that does not build was honest work, too. */
function acquit(farm: Farm, builder: Builder): void {
  farm.completions += 1;
  clearStrikes(builder);
}

/** Adds a strike, except while the hub is down: then every builder loses its attempts. */
function blame(farm: Farm, builder: Builder, reason: string): void {
  if (farm.hub.type === 'down' || builder.status.type !== 'up') return;
  addStrike(farm, builder);
  if (isSuspect(farm, builder)) quarantine(farm, builder, reason);
}

function quarantine(farm: Farm, builder: Builder, reason: string): void {
  const { strikes } = builder;
  builder.strikes = { ...strikes, quarantines: strikes.quarantines + 1 };
  setStatus(farm, builder, { type: 'quarantined', reason });
  callAfterQuarantine(farm, builder, strikes.quarantines);
}
