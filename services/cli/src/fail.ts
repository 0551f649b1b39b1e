import { CommanderError } from 'commander';
import { errorLine } from './error-line.ts';

/** Prints why the command failed, unless commander has done so, and sets the exit code. */
export function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
    return;
  }
  process.exitCode = 1;
  process.stderr.write(`${errorLine(error)}\n`);
}
