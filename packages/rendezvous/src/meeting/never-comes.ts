import { rulesOf } from './call-rules.ts';
import type { Waiting } from './meeting.ts';
import type { Failure, MeetingState } from './state.ts';

/**
 * Finds out that somebody waits for something that can never come, since the member that should do
 * it has left. The group then fails at once through that member, rather than when its time is over.
 */
export function whatNeverComes(
  state: MeetingState,
  waiting: Iterable<Waiting>,
): Failure | undefined {
  if (state.left.size === 0) return undefined;
  const barrier = state.barriers.hopeless(state.left);
  if (barrier !== undefined) {
    const { id, missing } = barrier;
    return { member: missing, reason: `ended without coming to barrier ${id}` };
  }
  for (const { member, call } of waiting) {
    const awaited = rulesOf(call).awaits?.(state, call);
    const missing = awaited?.names.find((name) => state.left.has(name));
    if (awaited === undefined || missing === undefined) continue;
    return { member: missing, reason: `ended without ${awaited.what}, for which ${member} waits` };
  }
  return undefined;
}
