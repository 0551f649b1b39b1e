import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { placeHolder } from '../place/claim.ts';
import { logOf, type Place, startChannel } from '../place/place.ts';

/** How a coordinator is started. */
export interface CoordinatorProgram {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** A coordinator that was just started and has not answered yet. */
export interface Started {
  /** A socket to it before it listens; it hangs up when another coordinator holds the place. */
  readonly channel: Socket;
  /** Waits for its end. */
  readonly exitCode: () => Promise<number>;
  /** What it has written to its log since it was started. */
  readonly lastWords: () => string;
}

const longestLog = 4 * 1024 * 1024;

/**
 * Starts a coordinator in a session of its own: neither the end of the terminal nor its Ctrl-C
 * reaches it. Its output goes into the log file of its place; its file descriptor `startChannel` is
 * a socket to this process. Undefined where a coordinator holds the place already.
 */
export function startCoordinator(how: CoordinatorProgram, place: Place): Started | undefined {
  if (placeHolder(place) !== undefined) return undefined;
  const file = logOf(place);
  layAside(file);
  const log = openSync(file, 'a', 0o600);
  const from = fstatSync(log).size;
  const child = spawn(how.program, how.arguments, {
    cwd: '/',
    detached: true,
    env: how.environment,
    stdio: ['ignore', log, log, 'pipe'],
  });
  closeSync(log);
  child.unref();
  let fault = '';
  const exitCode = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      fault = error.message;
      resolve(127);
    });
    child.once('exit', (status) => resolve(status ?? 128));
  });
  return {
    channel: child.stdio[startChannel] as Socket,
    exitCode: () => {
      child.ref();
      return exitCode;
    },
    lastWords: () => fault || readFileSync(file).subarray(from).toString('utf8').trim(),
  };
}

/** Renames a log that is too large, so that there are never more than two files of that size. */
function layAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestLog) renameSync(file, `${file}.old`);
}
