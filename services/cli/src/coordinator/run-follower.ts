import type { RunFollower } from '@dispatch/coordinator/client/follow-run';
import type { RunTally } from '../build/run-tally.ts';
import { openDiagnostics, wantsDiagnostics } from '../diagnostics.ts';
import { count } from '../show/quantities.ts';
import type { RunDisplay } from '../show/run-display.ts';

/** Passes the events of a run on: to the tally, to the display and, if wanted, to the diagnostics. */
export async function runFollower(
  { debug, printBuildLogs }: { readonly debug?: boolean; readonly printBuildLogs?: boolean },
  tally: RunTally,
  display: RunDisplay,
): Promise<RunFollower> {
  const diagnostics = wantsDiagnostics(debug) ? await openDiagnostics() : undefined;
  return {
    onEvent: (event) => {
      tally.observe(event);
      display.show(event);
      diagnostics?.(event);
    },
    onLost: () => display.line('the coordinator was lost; a new one goes on with the run'),
    onLeftOut: (lines) => {
      if (!printBuildLogs) return;
      const what = `${count(lines, 'line')} of build logs came too fast to be shown`;
      display.line(`${what}; 'dispatch log' has them all`);
    },
  };
}
