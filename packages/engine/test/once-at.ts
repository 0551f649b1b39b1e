import type { RunEvent } from '../src/events.ts';

/** Gives a listener that does something at the first event of this type. */
export function onceAt(type: RunEvent['type'], action: () => unknown): (event: RunEvent) => void {
  return onceWhen((event) => event.type === type, action);
}

/** The same at the first event for which the condition holds. */
export function onceWhen(
  isIt: (event: RunEvent) => boolean,
  action: () => unknown,
): (event: RunEvent) => void {
  let isDone = false;
  return (event) => {
    if (isDone || !isIt(event)) return;
    isDone = true;
    void action();
  };
}
