import { createReadStream } from 'node:fs';

/**
 * The whole lines among the first bytes of a file, as byte strings without their ends; none when
 * the file cannot be read.
 */
export async function* linesOf(file: string, bytes: number): AsyncGenerator<string> {
  if (bytes === 0) return;
  // Pieces of the line that is being read; joined once, since it may be as long as the file.
  let pieces: string[] = [];
  try {
    for await (const chunk of createReadStream(file, { end: bytes - 1, encoding: 'latin1' })) {
      const [piece = '', ...beginnings] = String(chunk).split('\n');
      pieces.push(piece);
      for (const beginning of beginnings) {
        yield pieces.join('');
        pieces = [beginning];
      }
    }
  } catch {
    // Whoever writes the file says why it cannot be kept.
  }
}
