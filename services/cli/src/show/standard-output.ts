import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Prints a line of a command's answer to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints the whole answer for programs: one object, in which what is not known is null. */
export function printJson(value: object): void {
  print(JSON.stringify(value, (_, part: unknown) => part ?? null, 2));
}

/**
 * Writes a stream to standard output, as fast as that is read. Ends early at a fault of standard output itself, which
 * `outliveReaders` reports. Throws the faults of `source`.
 */
export async function writeOut(source: Readable): Promise<void> {
  let own: unknown;
  const note = (error: unknown): unknown => (own = error);
  process.stdout.once('error', note);
  try {
    await pipeline(source, process.stdout, { end: false });
  } catch (error) {
    if (error !== own) throw error;
  } finally {
    process.stdout.off('error', note);
  }
}

/** Writes a text of small pieces to standard output; as a whole it may be too long for a string. */
export async function writeText(pieces: Iterable<string>): Promise<void> {
  await writeOut(Readable.from(inChunks(pieces)));
}

/** How much is written at once, in characters. */
const chunkLength = 1 << 20;

function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
