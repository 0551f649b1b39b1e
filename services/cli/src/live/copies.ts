import type { CopyEnded, CopyProgressed } from '@dispatch/engine/events';
import type { LiveCopy, LiveState, Speed } from './live-state.ts';

const measuredMs = 1000;

/** The state after progress of a copy. */
export function progressCopy(state: LiveState, event: CopyProgressed, time: number): LiveState {
  const { copy: id, step: path, from, to, bytesDone } = event;
  const before = state.copies.get(id);
  const step = path === undefined ? undefined : state.plan?.steps.get(path);
  const { pathsDone, pathsTotal, bytesTotal } = event;
  const amounts = { pathsDone, pathsTotal, bytesDone, bytesTotal };
  const speed = speedAt(before?.speed, bytesDone, time);
  const startedAt = before?.startedAt ?? time;
  const copy: LiveCopy = { from, to, path: event.path, step, startedAt, ...amounts, speed };
  state.copies.set(id, copy);
  state.copiedBytes += bytesDone - (before?.bytesDone ?? 0);
  if (step?.attempt !== undefined) step.attempt.copy = copy;
  return state;
}

/** The state after the end of a copy, whose last progress may have fallen short of it. */
export function endCopy(
  state: LiveState,
  { copy: id, outcome }: CopyEnded,
  time: number,
): LiveState {
  const copy = state.copies.get(id);
  if (copy === undefined) return state;
  state.copies.delete(id);
  if (outcome === 'arrived') state.copiedBytes += copy.bytesTotal - copy.bytesDone;
  const attempt = copy.step?.attempt;
  if (attempt?.copy === copy) Object.assign(attempt, { copy: undefined, startedAt: time });
  return state;
}

function speedAt(before: Speed | undefined, bytes: number, now: number): Speed {
  if (before === undefined) return { since: now, bytesThen: bytes, bytesPerSecond: 0 };
  const passed = now - before.since;
  const bytesPerSecond = passed > 0 ? ((bytes - before.bytesThen) * 1000) / passed : 0;
  if (passed >= measuredMs) return { since: now, bytesThen: bytes, bytesPerSecond };
  // Until the first measurement is over, an incomplete one is better than none.
  return before.bytesPerSecond === 0 ? { ...before, bytesPerSecond } : before;
}
