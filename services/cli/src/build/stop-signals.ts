import type { Terminal } from '../show/terminal.ts';

/** Aborted by the first Ctrl-C, or when we are told to end in another way. */
export interface StopSignals {
  readonly signal: AbortSignal;
  /** The exit code that goes with the signal that came: 130 for Ctrl-C; undefined before one came. */
  readonly exitCode: number | undefined;
  /** Gives the signals their usual effect again. */
  [Symbol.dispose](): void;
}

/**
 * Does a command's work and sets its exit code; the first signal stops the work, and the terminal says so.
 * An error after that is not reported, and the exit code is the signal's.
 */
export async function stoppably(
  terminal: Terminal,
  work: (stop: StopSignals) => Promise<number>,
): Promise<void> {
  using stop = watchStopSignals(() => terminal.line('stopping; Ctrl-C again leaves at once'));
  try {
    process.exitCode = await work(stop);
  } catch (error) {
    if (stop.exitCode === undefined) throw error;
    process.exitCode = stop.exitCode;
  }
}

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Watches for signals; after the first, `onStop` is called, and a second ends the process at once. */
export function watchStopSignals(onStop: () => void): StopSignals {
  const abort = new AbortController();
  let exitCode: number | undefined;
  const stop = (name: keyof typeof exitCodes): void => {
    if (exitCode !== undefined) process.exit(exitCodes[name]);
    exitCode = exitCodes[name];
    onStop();
    abort.abort();
  };
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  for (const name of names) process.on(name, stop);
  return {
    signal: abort.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: () => names.forEach((name) => void process.off(name, stop)),
  };
}
