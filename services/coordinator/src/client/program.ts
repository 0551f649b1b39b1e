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

/** A coordinator that was started, until it is seen to work. */
export interface Started {
  /** Leads to it before it listens anywhere; it hangs up when another one holds the place. */
  readonly channel: Socket;
  /** Waits for its end. */
  readonly exitCode: () => Promise<number>;
  /** What it said last. */
  readonly lastWords: () => string;
}

const longestLog = 4 * 1024 * 1024;

/**
 * Starts a coordinator in a session of its own: neither the end of the terminal nor its Ctrl-C reaches
 * it. What it says goes into a file of its place; `startChannel` is a socket that leads here.
 * Undefined where one holds the place already.
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

/** Two files of that size are the most that there ever is. */
function layAside(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestLog) renameSync(file, `${file}.old`);
}
