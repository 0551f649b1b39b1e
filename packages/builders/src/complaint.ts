import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { withoutEscapeSequences } from '@dispatch/protocol/wire/plain-text';

const keptCharacters = 4096;
const keptLines = 8;
const patienceMs = 1000;

/**
 * Reads a stream of text, such as the standard error of an `ssh` process, and keeps its last 4096
 * characters for error messages.
 */
export class Complaint {
  #text = '';

  listenTo(stream: Readable): void {
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => this.add(piece));
    stream.on('error', () => {});
  }

  add(piece: string): void {
    this.#text = (this.#text + piece).slice(-keptCharacters);
  }

  /**
   * The last eight lines, joined by `; `. Control characters and escape sequences, which a remote
   * host may send, are removed.
   */
  toString(): string {
    return withoutEscapeSequences(this.#text)
      .split('\n')
      .map((line) => line.replaceAll(/\p{Cc}/gu, '').trim())
      .filter((line) => line !== '')
      .slice(-keptLines)
      .join('; ');
  }
}

/** Waits for `ended`, but at most a second: last words may still be on their way. */
export async function untilLastWords(ended: Promise<void>): Promise<void> {
  await Promise.race([ended, delay(patienceMs, undefined, { ref: false })]);
}
