import type { RunEvent } from '@dispatch/engine/events';
import type { Terminal } from './terminal.ts';

/** Where a run is shown while it goes on, and what is to be said besides. */
export interface RunDisplay extends Terminal, Disposable {
  show(event: RunEvent): void;
  /** The run is over, in whatever way; what follows are lines. */
  end(): void;
}
