import type { ByteString } from '../byte-string.ts';
import { badAterm, shownBytes } from './fault.ts';

const quote = 0x22;
const backslash = 0x5c;

/**
 * A position in the text of a `.drv` file, or of its recipe, that moves forward token by token.
 * Each error is thrown with the position of the fault and what was expected there.
 */
export class Cursor {
  readonly text: ByteString;
  at = 0;

  constructor(text: ByteString) {
    this.text = text;
  }

  /** Steps over `literal`, which must come next. */
  expect(literal: string): void {
    if (!this.accept(literal)) this.fail(`'${literal}'`);
  }

  /** Steps over `literal` when it comes next, and says whether it did. */
  accept(literal: string): boolean {
    // Nearly all literals are one character, for which a search would take most of the parser's
    // time.
    if (this.text.charCodeAt(this.at) !== literal.charCodeAt(0)) return false;
    if (literal.length > 1 && !this.text.startsWith(literal, this.at)) return false;
    this.at += literal.length;
    return true;
  }

  /** A string that Nix prints without escapes: a path, an output's name, a hash, the system. */
  plainString(): ByteString {
    const start = this.at + 1;
    this.skipString();
    const value = this.text.slice(start, this.at - 1);
    if (value.includes('\\')) this.failAt(start, 'a string without escapes');
    return value;
  }

  /** Moves past a string; its value lies between the quotes, still escaped. */
  skipString(): void {
    const { text } = this;
    if (text.charCodeAt(this.at) !== quote) this.fail("'\"'");
    let end = text.indexOf('"', this.at + 1);
    while (end !== -1 && isEscaped(text, end, this.at + 1)) end = text.indexOf('"', end + 1);
    if (end === -1) this.failAt(text.length, 'the end of a string');
    this.at = end + 1;
  }

  /** Reads `[item,item,…]`, calling `item` with the cursor at the start of each. */
  list(item: () => void): void {
    this.expect('[');
    if (this.accept(']')) return;
    do item();
    while (this.accept(','));
    this.expect(']');
  }

  /**
   * Throws unless `next`, which began at `position`, sorts after `previous`: Nix sorts such entries
   * by bytes and writes none twice.
   */
  assertAscending(position: number, previous: string | undefined, next: string): void {
    if (previous !== undefined && previous >= next) {
      this.failAt(position, `an entry that sorts after '${previous}'`);
    }
  }

  fail(expected: string): never {
    return this.failAt(this.at, expected);
  }

  failAt(position: number, expected: string): never {
    const found = this.text.slice(position, position + shownBytes);
    throw badAterm(expected, found, position);
  }
}

function isEscaped(text: ByteString, position: number, stringStart: number): boolean {
  let before = position;
  while (before > stringStart && text.charCodeAt(before - 1) === backslash) before -= 1;
  return (position - before) % 2 === 1;
}
