import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './processes.ts';

/** A program and its arguments. */
export type Argv = readonly [string, ...string[]];

/** What to start, and the file that gets its output. */
export interface ChildSpec {
  readonly argv: Argv;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/**
 * Starts a server that cannot outlive us: the kernel kills it when this process dies, however it dies. Processes
 * that it forked end when their clients, which we are, hang up.
 */
export function startChild(spec: ChildSpec): ChildProcess {
  const log = openSync(spec.logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...spec.argv], {
    env: spec.env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', (error) => appendFileSync(spec.logFile, `${error.message}\n`));
  return child;
}

/** The process id of a child, which may belong to another process soon after the child has ended. */
export function pidOf(child: ChildProcess | undefined): number | undefined {
  const isOver = child?.exitCode !== null || child.signalCode !== null;
  return isOver ? undefined : child.pid;
}

/** Waits until `ready` says so; ends early, with its log, when the child dies first. */
export async function whenReady(
  child: ChildProcess,
  ready: () => Promise<boolean>,
  explain: () => string,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await ready())) {
    const dead = child.pid === undefined || !isAlive(child.pid);
    if (dead || Date.now() > deadline) {
      throw new Error(`${dead ? 'ended at once' : 'not ready after 10 s'}: ${explain()}`);
    }
    await sleep(5);
  }
}
