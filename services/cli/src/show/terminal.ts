import { stripVTControlCharacters, styleText } from 'node:util';

type Colour = 'red' | 'green' | 'yellow' | 'gray' | 'bold';

/** Where people read, line by line. */
export interface Terminal {
  line(text: string): void;
  /** The text in a colour, where colours are wanted. */
  paint(colour: Colour, text: string): string;
}

/** Standard error; in colours when a person looks at it and NO_COLOR does not forbid it. */
export function standardError(environment: NodeJS.ProcessEnv = process.env): Terminal {
  const wantsColours = process.stderr.isTTY && (environment['NO_COLOR'] ?? '') === '';
  return {
    line: (text) => void process.stderr.write(`${text}\n`),
    paint: (colour, text) =>
      wantsColours ? styleText(colour, text, { validateStream: false }) : text,
  };
}

/** What others wrote, without the characters by which it could take the terminal over. */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\t]+/gu, ' ');
}
