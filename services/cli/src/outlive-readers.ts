import { errorLine } from './error-line.ts';

/** Whoever reads our output may stop before its end; that is no fault worth a word. */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    error.message = `cannot write to standard output: ${error.message}`;
    // What the command itself comes to is known later, and does not make up for this.
    process.once('exit', (code) => (process.exitCode = code || 1));
    process.stderr.write(`${errorLine(error)}\n`);
  });
  process.stderr.on('error', () => undefined);
}
