import { styleText } from 'node:util';
import { withoutEscapeSequences } from '@dispatch/protocol/wire/plain-text';

/** How a text looks where colours are wanted. */
export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'gray' | 'bold';

/** What people read, line by line. */
export interface Terminal {
  line(text: string): void;
  /** The text in a colour, where colours are wanted. */
  paint(colour: Colour, text: string): string;
}

/** Standard error; in colours when a person looks at it and NO_COLOR does not forbid it. */
export function standardError(environment: NodeJS.ProcessEnv = process.env): Terminal {
  return {
    line: (text) => void process.stderr.write(`${text}\n`),
    paint: process.stderr.isTTY ? paintedBy(environment) : (_, text) => text,
  };
}

/** The function that colours text for a terminal in this environment. */
export function paintedBy(environment: NodeJS.ProcessEnv): Terminal['paint'] {
  const isPlain = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return (colour, text) => (isPlain ? text : styleText(colour, text, { validateStream: false }));
}

/** A text that others wrote, without the characters by which it could control the terminal, or reverse its text. */
export function harmless(text: string): string {
  return withoutEscapeSequences(text)
    .replace(/[^\P{Cc}\t]+/gu, ' ')
    .replace(unseen, '');
}

/** The same on one line. */
export function oneLine(text: string): string {
  return harmless(text)
    .replace(/[\t\u2028\u2029]+/gu, ' ')
    .trim();
}

/** Directional marks, soft hyphens, spaces without width, and tags. */
const unseen =
  /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
