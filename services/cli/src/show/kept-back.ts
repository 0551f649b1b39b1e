import type { RunResults } from '@dispatch/engine/report/run-report';
import { derivationName, type StorePath } from '@dispatch/nix/store-path';
import { count, some } from './quantities.ts';

/** Says how many steps were not begun because these failed, and which roots are among them; no line for none. */
export function blockedLines(
  causes: readonly StorePath[],
  { results, steps, roots }: RunResults,
): string[] {
  const isBlocked = (path: StorePath): boolean => {
    const result = results.get(path);
    return result?.type === 'dependency-failed' && causes.includes(result.cause);
  };
  const blocked = steps.filter(({ rewritten }) => isBlocked(rewritten));
  if (blocked.length === 0) return [];
  const wanted = roots
    .filter(({ path }) => isBlocked(path))
    .map(({ path }) => derivationName(path));
  const among = wanted.length === 0 ? '' : `, and with them what you asked for: ${some(wanted)}`;
  return [`it keeps back ${count(blocked.length, 'step')}${among}`];
}
