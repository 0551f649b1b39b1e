import { rulesOf } from './call-rules.ts';
import type { Waiting } from './meeting.ts';
import type { Failure, MeetingState } from './state.ts';

/**
 * That somebody waits for what can never come, since who should do it has left: the group fails at
 * once, by that member, rather than at the end of its time.
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
