import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

/** A running script. */
export interface Child {
  readonly process: ChildProcess;
  /** Whole lines that it has printed so far. */
  readonly lines: () => readonly string[];
  /** The exit code, or the signal that ended it, once all of its output is here. */
  readonly ended: Promise<number | string>;
  readonly errors: () => string;
}

/**
 * Gives a function that starts scripts of a folder; each is ended after the test at the latest, by its own id.
 */
export function childProcesses(folder: URL): (script: string, ...args: string[]) => Child {
  const started: Child[] = [];
  afterEach(async () => {
    for (const child of started.splice(0)) {
      child.process.kill('SIGKILL');
      await child.ended;
    }
  });
  return (script, ...args) => {
    const child = start(scriptArguments(new URL(script, folder), args));
    started.push(child);
    return child;
  };
}

function start(words: readonly string[]): Child {
  const child = spawn(process.execPath, words, { stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString();
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const lines = () => output.split('\n').slice(0, -1);
  return { process: child, lines, ended, errors: () => errors };
}

/** The arguments for `node` to run a script, in whatever folder. */
export function scriptArguments(script: URL, args: readonly string[]): readonly string[] {
  const loader = import.meta.resolve('tsx');
  return ['--conditions=dispatch-source', '--import', loader, fileURLToPath(script), ...args];
}

/** Runs a script to its end while this process stands still, and gives its exit code. */
export function runToEnd(script: URL, args: readonly string[], input: string): number | null {
  return spawnSync(process.execPath, scriptArguments(script, args), { input }).status;
}

/**
 * Waits until a condition holds, looking often; fails after half a minute, since what a script writes to disk may
 * wait for what all other tests have written.
 */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUp = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > giveUp) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
