import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { withoutEscapeSequences } from '@dispatch/protocol/wire/plain-text';

const keptCharacters = 4096;
const keptLines = 8;
const patienceMs = 1000;

/**
 * Reads a stream of text, such as the standard error of whatever carries a connection, and keeps
 * the last of it for messages.
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

  /** Its last lines as one. What a remote host writes may hold escape sequences: these are gone. */
  toString(): string {
    return withoutEscapeSequences(this.#text)
      .split('\n')
      .map((line) => line.replaceAll(/\p{Cc}/gu, '').trim())
      .filter((line) => line !== '')
      .slice(-keptLines)
      .join('; ');
  }
}

/** Waits until whatever complains has ended, but no longer than a second: its last words may be on their way. */
export async function untilLastWords(ended: Promise<void>): Promise<void> {
  await Promise.race([ended, delay(patienceMs, undefined, { ref: false })]);
}
