import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as /proc shows it; `command` is what a person would look for in `ps`. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * Every living process that belongs to `mark`, the path of a folder, which is in the environment that the process
 * was given. Two kinds lose that: sshd overwrites it, but keeps the path of its configuration in its title; a
 * sandboxed builder starts with an empty one, but its mounts come from the store's folder.
 */
export function processesOf(mark: string): RunningProcess[] {
  return everyProcess().filter((candidate) => carries(candidate.pid, mark));
}

/** The given processes and all that descend from them, parents first. */
export function withDescendants(roots: readonly number[]): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const { pid, parent } of everyProcess()) {
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const found = new Set(roots);
  for (const pid of found) {
    for (const child of childrenOf.get(pid) ?? []) found.add(child);
  }
  return [...found];
}

/** Ends exactly these processes: asks first, so that a daemon can stop its build, and insists after a second. */
export async function endProcesses(pids: readonly number[]): Promise<void> {
  signalProcesses(pids, 'SIGTERM');
  const deadline = Date.now() + 1000;
  while (pids.some(isAlive) && Date.now() < deadline) await sleep(5);
  killProcesses(pids.filter(isAlive));
}

/** The same without waiting: for exit handlers, which may not be asynchronous. */
export function killProcesses(pids: readonly number[]): void {
  signalProcesses(pids, 'SIGKILL');
}

/** Sends each of these processes a signal. */
export function signalProcesses(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) signal(pid, name);
}

/** False for a process that is gone or has ended and only waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  return describe(pid) !== undefined;
}

/** The name of a process's program; none when it is gone. */
export function nameOf(pid: number): string {
  return readProc(pid, 'comm').trim();
}

function everyProcess(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => describe(Number(name)))
    .filter((found) => found !== undefined);
}

function describe(pid: number): RunningProcess | undefined {
  const stat = readProc(pid, 'stat');
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = afterName;
  if (parent === undefined || state === 'Z' || state === 'X') return undefined;
  const command = readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
  return { pid, parent: Number(parent), command };
}

function carries(pid: number, mark: string): boolean {
  return (
    readProc(pid, 'environ').includes(mark) ||
    readProc(pid, 'cmdline').includes(mark) ||
    mountedFrom(pid).some((source) => source.includes(mark))
  );
}

/**
 * The sources of a process's mounts. Their targets would not do: a file system that is mounted in a farm is in
 * every namespace that was made meanwhile, those of other farms' daemons included.
 */
function mountedFrom(pid: number): string[] {
  return readProc(pid, 'mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[3] ?? '');
}

/** The text of a file in /proc; empty when the process has ended since it was listed. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile, which is all we want.
  }
}
