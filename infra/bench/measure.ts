import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What one run of a program took. */
export interface Cost {
  readonly seconds: number;
  /** Processor time of all its threads, user and system. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** Linux counts processor time in /proc in hundredths of a second. */
const ticksPerSecond = 100;

/**
 * Runs a program with its output thrown away. Its peak and its processor time are read from /proc
 * while it runs, so what it does in its last few milliseconds is not in them.
 */
export async function measure(
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Cost> {
  const start = performance.now();
  const child = spawn(program, words, { env: environment, stdio: ['ignore', 'ignore', 'ignore'] });
  let used = { cpuSeconds: 0, peakMiB: 0 };
  const watch = setInterval(() => {
    used = resourcesOf(child.pid) ?? used;
  }, 10);
  const [status] = (await once(child, 'exit')) as [number | null];
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  if (status !== 0) throw new Error(`${program} ${words.slice(0, 4).join(' ')} …: exit ${status}`);
  return { seconds, ...used };
}

function resourcesOf(pid: number | undefined): Omit<Cost, 'seconds'> | undefined {
  try {
    const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    // The fields from the third on follow the program's name, which may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    if (peak === undefined) return undefined;
    return { cpuSeconds: ticks / ticksPerSecond, peakMiB: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}

/** The run in the middle by time. */
export function median(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((a, b) => a.seconds - b.seconds);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new RangeError('no runs to take the median of');
  return middle;
}
