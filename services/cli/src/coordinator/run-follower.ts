import type { RunFollower } from '@dispatch/coordinator/client/follow-run';
import type { RunTally } from '../build/run-tally.ts';
import { openDiagnostics, wantsDiagnostics } from '../diagnostics.ts';
import { count } from '../show/quantities.ts';
import type { RunDisplay } from '../show/run-display.ts';

/** Those who hear how a run goes: what is told at its end, what is shown, and what is for support. */
export async function runFollower(
  { debug }: { readonly debug?: boolean },
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
    onLeftOut: (lines) =>
      display.line(`${count(lines, 'line')} of build logs came too fast for this terminal`),
  };
}
