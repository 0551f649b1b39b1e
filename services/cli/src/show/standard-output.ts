import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A line of a command's answer. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The whole answer for programs: one object, in which what is not known is null. */
export function printJson(value: object): void {
  print(JSON.stringify(value, (_, part: unknown) => part ?? null, 2));
}

/** Writes as fast as it is read. A fault of standard output itself ends it, and is told by `outliveReaders`. */
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

/** Writes a text whose pieces are small, and whole may be larger than a string can be. */
export async function writeText(pieces: Iterable<string>): Promise<void> {
  await writeOut(Readable.from(inChunks(pieces)));
}

/** What is handed on at once, in characters. */
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
