import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';

/** A watch over one use of a connection. */
export interface SilenceWatch {
  /** Whether the daemon was silent for too long, and the connection was closed for that. */
  passed(): boolean;
  /** Must be called when the use is over. */
  end(): void;
}

/**
 * So often it must look silent for too long: this process may have stood still, and what came meanwhile
 * is read after the first look.
 */
const looks = 2;

/**
 * Closes a connection whose daemon gives no sign of life for so many seconds while it owes one: a
 * machine that hangs, rather than being dead, would be waited for for ever. `Infinity` for never.
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
