import type { RunEvent } from '@dispatch/engine/events';
import type { Terminal } from './terminal.ts';

/** Shows a run while it goes on, and whatever other lines there are. */
export interface RunDisplay extends Terminal, Disposable {
  show(event: RunEvent): void;
  /** The run is over, in whatever way; only lines follow. */
  end(): void;
}
