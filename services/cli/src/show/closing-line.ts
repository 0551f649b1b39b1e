import type { RunResults } from '@dispatch/engine/report/run-report';
import type { StepResult } from '@dispatch/scheduler/result';
import { count, duration, some } from './quantities.ts';

/** Results of steps that failed by themselves, and not because something else did. */
const faults: ReadonlySet<StepResult['type']> = new Set([
  'failed',
  'faults-exhausted',
  'unsupported',
  'group-unfit',
  'group-timeout',
]);

/** The last line about a run, with its counts; undefined when there was nothing to build. */
export function closingLine({ steps, results }: RunResults, tookMs: number): string | undefined {
  if (steps.length === 0) return undefined;
  const failed: string[] = [];
  let built = 0;
  for (const { rewritten, name } of steps) {
    const type = results.get(rewritten)?.type;
    if (type === 'succeeded') built += 1;
    if (type !== undefined && faults.has(type)) failed.push(name);
  }
  const left = steps.length - built - failed.length;
  const parts = [
    `built ${built} of ${count(steps.length, 'step')} in ${duration(tookMs)}`,
    failed.length > 0 ? `${failed.length} failed (${some(failed)})` : '',
    left > 0 ? `${left} not built` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
