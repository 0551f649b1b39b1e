import { readFileSync } from 'node:fs';

import type { ProcessMark } from '../stored-values.ts';

/** The mark of this process, to be stored with what it begins. */
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

/**
 * The state of something that belongs to a process: how it ended, else whether its process is still
 * there to end it.
 */
export function stateOf<Ending extends string>(
  ended: Ending | undefined,
  owner: ProcessMark,
): Ending | 'running' | 'interrupted' {
  return ended ?? (isAlive(owner) ? 'running' : 'interrupted');
}

/**
 * The boot, and the clock tick at which the process began: field 22 of proc_pid_stat(5), counted
 * from behind the name, which may contain anything.
 */
function beganAt(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, even if its parent has not read its status yet.
    return fields[0] === 'Z' ? undefined : `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
