import { stopAttempt } from './attempts.ts';
import { noteChange, setStatus } from './builder-status.ts';
import { callAgain } from './calls.ts';
import type { BuilderName } from './event.ts';
import type { Farm } from './farm.ts';
import { leaveBuilder } from './groups/end-group.ts';
import { loseAttempts } from './outcomes.ts';
import { clearStrikes } from './strikes.ts';

/** Notes that the builder answers. */
export function markUp(farm: Farm, name: BuilderName): void {
  const builder = farm.builders.get(name);
  if (builder !== undefined) setStatus(farm, builder, { type: 'up' });
}

/** Takes the builder out of use; its attempts go on there. */
export function drainBuilder(farm: Farm, name: BuilderName): void {
  const builder = farm.builders.get(name);
  if (builder === undefined) return;
  builder.isDrained = true;
  noteChange(farm, builder);
}

/** Takes the builder out of use and stops its attempts; their steps then go elsewhere. */
export function skipBuilder(farm: Farm, name: BuilderName): void {
  const builder = farm.builders.get(name);
  if (builder === undefined) return;
  drainBuilder(farm, name);
  leaveBuilder(farm, builder, `${name} was taken out of use`);
  for (const attempt of builder.attempts) {
    if (attempt.step.phase.type === 'running') stopAttempt(farm, attempt);
  }
}

/** Puts a drained or quarantined builder back into use and clears its strikes. */
export function resumeBuilder(farm: Farm, name: BuilderName): void {
  const builder = farm.builders.get(name);
  if (builder === undefined) return;
  builder.isDrained = false;
  clearStrikes(builder);
  const { status } = builder;
  setStatus(farm, builder, status.type === 'quarantined' ? { type: 'up' } : status);
}

/** Notes that the builder does not answer, or still does not: its attempts are lost. */
export function markDown(farm: Farm, name: BuilderName, reason: string): void {
  const builder = farm.builders.get(name);
  if (builder === undefined) return;
  const vain = builder.status.type === 'down' ? builder.status.vain + 1 : 0;
  setStatus(farm, builder, { type: 'down', reason, vain });
  callAgain(farm, builder, vain);
  loseAttempts(farm, builder, reason);
}
