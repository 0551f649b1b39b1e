import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { harmless } from '../show/terminal.ts';

/**
 * Writes a log to standard output: as it is into a pipe or a file, and without what could take a
 * terminal over where one is.
 */
export async function printLog(log: AsyncIterable<Uint8Array>): Promise<void> {
  await writeOut(Readable.from(process.stdout.isTTY ? forTerminal(log) : log));
}

/** Writes as fast as it is read; who reads may stop before the end. */
export async function writeOut(source: Readable): Promise<void> {
  try {
    await pipeline(source, process.stdout, { end: false });
  } catch (error) {
    // Whoever reads has seen enough.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** Piece by piece, since a line may be as long as the whole log. */
async function* forTerminal(log: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  for await (const piece of log) {
    yield decoder.write(Buffer.from(piece)).split('\n').map(harmless).join('\n');
  }
  yield `${decoder.end()}\n`;
}
