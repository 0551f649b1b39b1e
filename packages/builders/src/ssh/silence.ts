import type { Socket } from 'node:net';

/**
 * Finds out that nothing arrives any more, whatever: an answer to a keep-alive or a byte of a copy.
 * (The answer alone would not do: behind megabytes that a slow line still has to carry it is late
 * although the other side lives.) Calls `onSilent` after `count` such stretches; ends with the
 * socket.
 */
export function watchForSilence(
  socket: Socket,
  { seconds, count }: { readonly seconds: number; readonly count: number },
  onSilent: () => void,
): void {
  if (seconds === 0) return;
  let heard = socket.bytesRead;
  let silent = 0;
  const timer = setInterval(() => {
    silent = socket.bytesRead === heard ? silent + 1 : 0;
    heard = socket.bytesRead;
    if (silent <= count) return;
    clearInterval(timer);
    onSilent();
  }, seconds * 1000);
  socket.once('close', () => clearInterval(timer));
}
