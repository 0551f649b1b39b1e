import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

/** A script of `test/children` that runs. */
export interface Child {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | string>;
}

/** The words after `node` that run a script. */
export function scriptArguments(script: string, args: readonly string[]): string[] {
  const file = fileURLToPath(new URL(`../children/${script}`, import.meta.url));
  const loader = import.meta.resolve('tsx');
  return ['--conditions=dispatch-source', '--import', loader, file, ...args];
}

/** Starts scripts, each ended by its own id after the test at the latest. */
export function childProcesses(): (script: string, ...args: string[]) => Child {
  const started: Child[] = [];
  afterEach(async () => {
    for (const child of started.splice(0)) {
      child.process.kill('SIGKILL');
      await child.ended;
    }
  });
  return (script, ...args) => {
    const child = start(scriptArguments(script, args));
    started.push(child);
    return child;
  };
}

function start(args: readonly string[]): Child {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return { process: child, output: () => output, ended };
}
