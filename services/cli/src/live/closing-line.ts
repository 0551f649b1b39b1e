import { count, duration, size } from '../show/quantities.ts';
import type { LiveState } from './live-state.ts';

/** What came of a run, when its picture goes; undefined when there was nothing to do. */
export function closingLine(state: LiveState, now: number): string | undefined {
  const { counts, plan, copiedBytes } = state;
  if (plan === undefined || plan.steps.size === 0) return undefined;
  const notBuilt = counts.dropped + counts.waiting + state.running.size;
  const parts = [
    `built ${counts.built} of ${count(plan.steps.size, 'step')} in ${duration(now - state.startedAt)}`,
    counts.failed > 0 ? `${counts.failed} failed` : '',
    notBuilt > 0 ? `${notBuilt} not built` : '',
    copiedBytes > 0 ? `${size(copiedBytes)} copied` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
