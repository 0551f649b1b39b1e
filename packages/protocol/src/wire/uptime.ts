/**
 * Milliseconds since this process began, by a clock that nobody sets. It tells what `performance.now`
 * tells; to look at that one for the first time has Node load all that measures, which is a twentieth
 * of a command with nothing to do.
 */
export function uptimeMs(): number {
  return process.uptime() * 1000;
}
