import { oneLine } from './terminal.ts';
import { fitted } from './text-width.ts';

const longestPhase = 60;

/** Where in a build it was, for builds that tell. */
export function phaseText(phase: string | undefined): string {
  return phase === undefined ? '' : ` in ${fitted(oneLine(phase), longestPhase)}`;
}
