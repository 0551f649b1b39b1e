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
