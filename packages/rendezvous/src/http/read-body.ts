import type { IncomingMessage } from 'node:http';
import { type Refusal, refused } from '../meeting/reply.ts';

/** Most pieces before they are joined: each takes memory of its own, however small it is. */
const mostPieces = 512;

/**
 * Reads the whole body of a request: at most `longest` bytes, within `withinMs` milliseconds. A
 * longer body is not read to its end.
 */
export function readBody(
  request: IncomingMessage,
  longest: number,
  withinMs: number,
): Promise<Buffer | Refusal> {
  const tooLarge = refused('too-large', `its body may have ${longest} bytes at most`);
  if (Number(request.headers['content-length'] ?? 0) > longest) return Promise.resolve(tooLarge);
  const tooSlow = refused('too-slow', `its body did not arrive within ${withinMs / 1000} s`);
  if (request.destroyed) return Promise.resolve(tooSlow);
  return new Promise((resolve) => {
    let pieces: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => end(tooSlow), withinMs);
    const end = (outcome: Buffer | Refusal): void => {
      clearTimeout(timer);
      request.off('data', take);
      resolve(outcome);
    };
    const take = (piece: Buffer): void => {
      size += piece.length;
      if (size > longest) end(tooLarge);
      else if (pieces.push(piece) > mostPieces) pieces = [Buffer.concat(pieces)];
    };
    request.on('data', take);
    request.once('end', () => end(Buffer.concat(pieces)));
    request.once('close', () => end(tooSlow));
  });
}
