import type { Farm } from './farm.ts';
import { neededProbeDelay } from './patience.ts';

/** Notes that the hub cannot be reached: nothing starts until it can. */
export function markHubDown(farm: Farm, reason: string): void {
  const vain = farm.hub.type === 'down' ? farm.hub.vain + 1 : 0;
  farm.hub = { type: 'down', reason, vain };
  farm.commands.push({ type: 'probe-hub', afterMs: neededProbeDelay(vain) });
}

/** Notes that the hub answers. */
export function markHubUp(farm: Farm): void {
  farm.hub = { type: 'up' };
}
