import { oneLine } from './terminal.ts';
import { fitted } from './text-width.ts';

const longestPhase = 60;

/** ` in PHASE`, the phase that a build was in; empty for builds that do not tell. */
export function phaseText(phase: string | undefined): string {
  return phase === undefined ? '' : ` in ${fitted(oneLine(phase), longestPhase)}`;
}
