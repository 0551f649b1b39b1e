import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { logOf, type Place } from '../place/place.ts';

/** How a coordinator is started. */
export interface CoordinatorProgram {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** A coordinator that was started, until it is seen to work. */
export interface Started {
  /** Its exit code; undefined while it runs. */
  readonly exitCode: () => number | undefined;
  /** What it said last. */
  readonly lastWords: () => string;
}

const longestLog = 4 * 1024 * 1024;

/**
 * Starts a coordinator in a session of its own: neither the end of the terminal nor its Ctrl-C reaches
 * it. What it says goes into a file of its place.
 */
export function startCoordinator(how: CoordinatorProgram, place: Place): Started {
  const file = logOf(place);
  layAside(file);
  const log = openSync(file, 'a', 0o600);
  const from = fstatSync(log).size;
  const child = spawn(how.program, how.arguments, {
    cwd: '/',
    detached: true,
    env: how.environment,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  let fault = '';
  let code: number | undefined;
  child.once('error', (error) => {
    code = 127;
    fault = error.message;
  });
  child.once('exit', (status) => (code = status ?? 128));
  return {
    exitCode: () => code,
    lastWords: () => fault || readFileSync(file).subarray(from).toString('utf8').trim(),
  };
}

/** Two files of that size are the most that there ever is. */
function layAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestLog) renameSync(file, `${file}.old`);
}
