import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { EventSink } from '../events.ts';
import type { Roster } from '../farm/roster.ts';
import type { Keepers } from './held-outputs.ts';

/** Who is asked, and who hears of it. */
export interface PlannedFarm extends Keepers {
  readonly hub: DaemonStore;
  readonly roster: Roster;
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
}
