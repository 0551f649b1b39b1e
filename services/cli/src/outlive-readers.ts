import { errorLine } from './error-line.ts';

/** Whoever reads our output may stop before its end; that is no fault worth a word. */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    error.message = `cannot write to standard output: ${error.message}`;
    process.exitCode = 1;
    process.stderr.write(`${errorLine(error)}\n`);
  });
  process.stderr.on('error', () => undefined);
}
