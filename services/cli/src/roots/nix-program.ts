import { type ChildProcess, spawn } from 'node:child_process';
import { CommandError } from '../errors.ts';

/** The programs of the user's Nix that evaluate. */
type NixProgram = 'nix' | 'nix-instantiate';

/** Milliseconds that an evaluation has to end after it was interrupted. */
const patienceMs = 2000;

/**
 * Runs the user's own Nix and gives what it printed. Its messages go to the user as they come, and
 * when `signal` is aborted it is interrupted. Throws `nix-missing` and `evaluation-failed`.
 */
export function runNix(
  program: NixProgram,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    const interrupt = (): void => endSoon(child);
    signal.addEventListener('abort', interrupt, { once: true });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error) => reject(notStarted(program, error)));
    child.once('close', (code) => {
      signal.removeEventListener('abort', interrupt);
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failed(program, code));
    });
  });
}

/** Interrupts Nix, then kills it: it notices an interrupt only at times, and never while it waits for a file. */
function endSoon(child: ChildProcess): void {
  child.kill('SIGINT');
  const insist = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  child.once('close', () => clearTimeout(insist));
}

function notStarted(program: NixProgram, error: NodeJS.ErrnoException): CommandError {
  const why = error.code === 'ENOENT' ? 'it is not installed, or not in PATH' : error.message;
  return new CommandError(
    'nix-missing',
    `cannot run '${program}', which evaluates what is to be built: ${why}; give .drv paths instead, ` +
      'or install Nix here',
    error,
  );
}

function failed(program: NixProgram, code: number | null): CommandError {
  const how = code === null ? 'was stopped' : `ended with exit code ${code}`;
  return new CommandError(
    'evaluation-failed',
    `it could not be evaluated: '${program}' ${how}, and has printed why above`,
  );
}
