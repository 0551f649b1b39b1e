import type { GroupEvent, RunEvent } from '@dispatch/engine/events';

/** Whether an event concerns a group as a whole. */
export function isGroupEvent(event: RunEvent): event is GroupEvent {
  return event.type.startsWith('group-');
}
