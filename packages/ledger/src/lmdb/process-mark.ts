import { readFileSync } from 'node:fs';

import type { ProcessMark } from '../stored-values.ts';

/** This process, to be stored with what it has begun. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, began: beganAt(process.pid) ?? '' };
}

/** Whether the process that left the mark is still there. */
export function isAlive(mark: ProcessMark): boolean {
  if (mark.began !== '') return beganAt(mark.pid) === mark.began;
  try {
    process.kill(mark.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** How something ended that belongs to a process; where it has not, whether that is still there to end it. */
export function stateOf<Ending extends string>(
  ended: Ending | undefined,
  owner: ProcessMark,
): Ending | 'running' | 'interrupted' {
  return ended ?? (isAlive(owner) ? 'running' : 'interrupted');
}

/** See proc_pid_stat(5): field 22, counted from behind the name, which may hold anything. */
function beganAt(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, whatever its parent has yet to read of it.
    return fields[0] === 'Z' ? undefined : `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
