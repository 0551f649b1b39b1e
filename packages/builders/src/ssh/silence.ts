import type { Socket } from 'node:net';

/** How often within one stretch it is looked whether anything has come. */
const looksPerStretch = 5;

/**
 * Finds out that nothing arrives any more, whatever: an answer to a keep-alive or a byte of a copy.
 * (The answer alone would not do: behind megabytes that a slow line still has to carry it is late
 * although the other side lives.) Until the first keep-alive is sent a stretch may pass; then
 * `count` go unanswered, as `ssh` counts them, and `onSilent` is called. Looks are counted and not
 * time: this process may have been asleep. Ends with the socket.
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

/** What is said of a machine of which nothing is heard. */
export function silenceOf(seconds: number): string {
  return `nothing was heard from the machine for ${seconds} s`;
}

/** Whether what was said of a lost connection, by us or by `ssh`, is that the machine fell silent. */
export function tellsOfSilence(complaint: string): boolean {
  return /nothing was heard from the machine|Timeout, server \S+ not responding/.test(complaint);
}
