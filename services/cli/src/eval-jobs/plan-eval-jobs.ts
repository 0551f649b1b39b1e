import type { RequestedRoot } from '@dispatch/engine/plan/wanted-roots';
import type { StorePath } from '@dispatch/nix/store-path';
import { assertAnyJob } from './eval-jobs-flag.ts';
import { openJobInput } from './job-input.ts';
import { readEvalJobs } from './read-eval-jobs.ts';

/**
 * Plans what nix-eval-jobs finds, once it has found all, and returns the exit code. Calls `onFailure` for
 * what cannot be evaluated, which makes that 1. Throws `bad-file` and `bad-argument`.
 */
export async function planEvalJobs(
  file: string,
  signal: AbortSignal,
  onFailure: (attribute: string, message: string) => void,
  plan: (roots: readonly RequestedRoot[]) => Promise<number>,
): Promise<number> {
  const input = await openJobInput(file);
  const letGo = (): void => input.letGo();
  signal.addEventListener('abort', letGo, { once: true });
  const found = new Set<StorePath>();
  let failures = 0;
  for await (const job of readEvalJobs(input.stream, input.name)) {
    if (job.type === 'job') found.add(job.drvPath);
    else {
      failures += 1;
      onFailure(job.attr, job.message);
    }
  }
  if (failures === 0) assertAnyJob([...found]);
  const roots = [...found].map((drvPath) => ({ drvPath, outputs: 'all' }) as const);
  const code = roots.length === 0 ? 1 : await plan(roots);
  return failures === 0 ? code : 1;
}
