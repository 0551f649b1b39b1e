import type { RunReport } from '@dispatch/engine/report/run-report';
import { count } from './quantities.ts';
import type { Terminal } from './terminal.ts';

/** Lists what a run would do. */
export function showPlan({ steps, substitutes }: RunReport, terminal: Terminal): void {
  if (steps.length > 0) terminal.line(`would build ${count(steps.length, 'derivation')}:`);
  for (const { original, rewritten } of steps) {
    terminal.line(`  ${rewritten}${original === rewritten ? '' : `  (instead of ${original})`}`);
  }
  if (substitutes.length > 0) terminal.line(`would fetch ${count(substitutes.length, 'path')}:`);
  for (const path of substitutes) terminal.line(`  ${path}`);
}
