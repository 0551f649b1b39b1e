import { setTimeout as sleep } from 'node:timers/promises';
import { endAbandonedFarms } from '../farm/abandoned-farms.ts';
import { makeRunFolder, removeFarmFolder, runVariable } from '../farm/farm-folder.ts';
import { linksOf, removeLinksOf } from '../farm/network.ts';
import { killProcesses, processesOf, type RunningProcess } from '../farm/processes.ts';

/**
 * Marks everything that the tests start. After the last test, fails the run if any of it is still there, and ends
 * it, so that one bad test does not disturb the next run. Vitest calls this for every project of its
 * configuration; once is enough.
 */
export default function setup(): (() => Promise<void>) | undefined {
  if (process.env[runVariable] !== undefined) return undefined;
  endAbandonedFarms();
  const run = makeRunFolder();
  process.env[runVariable] = run;
  return async () => {
    const left = await leftovers(run);
    killProcesses(left.map(({ pid }) => pid));
    const links = linksOf(run);
    removeLinksOf(run);
    removeFarmFolder(run);
    if (left.length > 0)
      failRun(
        'processes',
        left.map(({ pid, command }) => `${pid} ${command}`),
      );
    if (links.length > 0) failRun('network links', links);
  };
}

/** What is left, after a moment in which processes that were told to end may do so. */
async function leftovers(mark: string): Promise<RunningProcess[]> {
  const deadline = Date.now() + 3000;
  let left = startedByTests(mark);
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(50);
    left = startedByTests(mark);
  }
  return left;
}

/**
 * Processes with the mark that the tests started: Vitest's own workers, and its bundler's services, carry the
 * mark, too.
 */
function startedByTests(mark: string): RunningProcess[] {
  return processesOf(mark).filter(
    ({ pid, parent }) => pid !== process.pid && parent !== process.pid,
  );
}

/** Vitest only mentions what a teardown throws; its exit code has to be set by hand. */
function failRun(what: string, left: readonly string[]): void {
  const list = left.map((one) => `  ${one}\n`).join('');
  process.stderr.write(`FAILED: the tests left ${what} behind:\n${list}`);
  process.exitCode = 1;
}
