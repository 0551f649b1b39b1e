import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';

/** A watch over one use of a connection. */
export interface SilenceWatch {
  /** Whether the connection was closed because the daemon was silent for too long. */
  passed(): boolean;
  /** Must be called when the use is over. */
  end(): void;
}

/**
 * How many checks in a row must find it silent: this process itself may have stood still, and what
 * arrived meanwhile is read only after the first check.
 */
const looks = 2;

/**
 * Closes a connection whose daemon owes an answer and has sent nothing for `seconds`: otherwise a
 * machine that hangs without being dead would be waited for for ever. `Infinity` never closes it.
 */
export function watchSilence(connection: DaemonConnection, seconds: number): SilenceWatch {
  if (seconds === Infinity) return { passed: () => false, end: () => {} };
  let hasPassed = false;
  let silent = 0;
  const look = setInterval(
    () => {
      silent = connection.silentMs < seconds * 1000 ? 0 : silent + 1;
      if (silent < looks) return;
      hasPassed = true;
      connection.close();
    },
    Math.min(1000, seconds * 250),
  ).unref();
  return { passed: () => hasPassed, end: () => clearInterval(look) };
}
