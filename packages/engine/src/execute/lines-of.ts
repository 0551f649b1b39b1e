import { createReadStream } from 'node:fs';

/**
 * The whole lines among the first bytes of a file, as byte strings without their ends. Of a file that
 * cannot be read there are none.
 */
export async function* linesOf(file: string, bytes: number): AsyncGenerator<string> {
  if (bytes === 0) return;
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, { end: bytes - 1, encoding: 'latin1' })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch {
    // Whoever writes it says why it cannot be kept.
  }
}
