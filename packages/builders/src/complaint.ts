import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

const keptCharacters = 4096;
const keptLines = 8;

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
    return stripVTControlCharacters(this.#text)
      .split('\n')
      .map((line) => line.replaceAll(/\p{Cc}/gu, '').trim())
      .filter((line) => line !== '')
      .slice(-keptLines)
      .join('; ');
  }
}
