import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { writeOut } from '../show/standard-output.ts';
import { harmless } from '../show/terminal.ts';

/**
 * Writes a log to standard output: unchanged into a pipe or a file, and to a terminal without the control
 * characters that could take it over.
 */
export async function printLog(log: AsyncIterable<Uint8Array>): Promise<void> {
  await writeOut(Readable.from(process.stdout.isTTY ? forTerminal(log) : log));
}

/** Piece by piece, since a line may be as long as the whole log. */
async function* forTerminal(log: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  for await (const piece of log) {
    yield decoder.write(Buffer.from(piece)).split('\n').map(harmless).join('\n');
  }
  yield `${decoder.end()}\n`;
}
