import type { Socket } from 'node:net';

/** Checks per keep-alive interval. */
const looksPerStretch = 5;

/**
 * Calls `onSilent` when nothing at all arrives any more, neither an answer to a keep-alive nor a
 * byte of a copy. (The answers alone would not do: behind megabytes that a slow line still has to
 * carry an answer is late although the other side lives.) One interval may pass before the first
 * keep-alive is sent; then `count` keep-alives may go unanswered, as `ssh` counts them. It counts
 * checks rather than time, since this process may have been asleep. Ends with the socket.
 */
export function watchForSilence(
  socket: Socket,
  { seconds, count }: { readonly seconds: number; readonly count: number },
  onSilent: (seconds: number) => void,
): void {
  if (seconds === 0) return;
  let heard = socket.bytesRead;
  let silent = 0;
  const timer = setInterval(
    () => {
      silent = socket.bytesRead === heard ? silent + 1 : 0;
      heard = socket.bytesRead;
      if (silent < (count + 1) * looksPerStretch) return;
      clearInterval(timer);
      onSilent(seconds * (count + 1));
    },
    (seconds * 1000) / looksPerStretch,
  );
  socket.once('close', () => clearInterval(timer));
}

/** The message about a machine that nothing is heard from. */
export function silenceOf(seconds: number): string {
  return `nothing was heard from the machine for ${seconds} s`;
}

/** Whether a message about a lost connection, of ours or of `ssh`, is about silence. */
export function tellsOfSilence(complaint: string): boolean {
  return /nothing was heard from the machine|Timeout, server \S+ not responding/.test(complaint);
}
