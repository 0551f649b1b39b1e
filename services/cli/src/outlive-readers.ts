import { errorLine } from './error-line.ts';

/** Ignores that a reader of our output stops before its end; other errors of standard output are reported. */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    error.message = `cannot write to standard output: ${error.message}`;
    // The command sets its own exit code later; even if it succeeds, this stays a failure.
    process.once('exit', (code) => (process.exitCode = code || 1));
    process.stderr.write(`${errorLine(error)}\n`);
  });
  process.stderr.on('error', () => undefined);
}
