import { CommanderError } from 'commander';
import { errorLine } from './error-line.ts';

/** Says why the command failed, if nobody has yet, and sets its exit code. */
export function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
    return;
  }
  process.exitCode = 1;
  process.stderr.write(`${errorLine(error)}\n`);
}

/** Whoever reads our output may stop before its end; that is no fault worth a word. */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    error.message = `cannot write to standard output: ${error.message}`;
    fail(error);
  });
  process.stderr.on('error', () => undefined);
}
