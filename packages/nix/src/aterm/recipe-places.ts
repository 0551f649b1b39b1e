import { byteStringFrom } from '../byte-string.ts';
import { NixFormatError } from '../errors.ts';
import { nixBase32Alphabet } from '../nixbase32.ts';
import { packNumbers } from '../packed.ts';
import { hashPartLength } from '../store-path.ts';
import { compareEscaped, unescapeString } from './escape.ts';
import { badAterm, shownBytes } from './fault.ts';

/**
 * Where things stand in the bytes of a recipe. Flat lists of numbers, since a large graph has
 * millions of variables.
 */
export interface RecipePlaces {
  /**
   * Where the key and the value of each variable begin, inside the quotes: two numbers for each.
   * One more number follows at the end: where the key of a further variable would begin.
   */
  readonly variables: Uint32Array;
  /** Start and end of each run of 32 or more digits of base 32, which may contain a hash part. */
  readonly digitRuns: Uint32Array;
  /** Whether any of these runs is in the name of a variable. */
  readonly digitsInNames: boolean;
}

/** Bytes between the end of a key and the start of its value: `","`. */
export const keyToValue = 3;

/** Bytes between the end of a value and the start of the next key: `"),("`. */
export const valueToKey = 5;

/**
 * Finds these places in a recipe, `"system","builder",[args],[env])`, with nothing after it.
 *
 * Refuses what Nix would print differently, such as an escape other than its five or a variable
 * that is not at its sorted place: Nix hashes what it prints and not what it read, so such a text
 * would be another derivation to Nix than to us. Throws `bad-aterm` with the position in the file,
 * where the recipe begins at `offset`.
 */
export function findPlaces(bytes: Uint8Array, offset: number): RecipePlaces {
  return new RecipeScanner(bytes, offset).scan();
}

const quote = 0x22;
const comma = 0x2c;
const openParenthesis = 0x28;
const closeParenthesis = 0x29;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const backslash = 0x5c;

const digit = 0;
const plain = 1;
const closing = 2;
const escaping = 3;
const toBeEscaped = 4;

/** The kind of each byte inside a string. */
const kinds: Uint8Array = new Uint8Array(256).fill(plain);
for (const character of nixBase32Alphabet) kinds[character.charCodeAt(0)] = digit;
kinds[quote] = closing;
kinds[backslash] = escaping;

const controls: ReadonlyMap<number, string> = new Map([
  [0x00, 'NUL'],
  [0x09, 'tab'],
  [0x0a, 'newline'],
  [0x0d, 'carriage return'],
]);
for (const control of controls.keys()) kinds[control] = toBeEscaped;

/** 1 for each byte that may follow a backslash: `"`, `\`, `n`, `r`, `t`. */
const mayBeEscaped: Uint8Array = new Uint8Array(256);
for (const character of '"\\nrt') mayBeEscaped[character.charCodeAt(0)] = 1;

// Scratch memory for reading one recipe, kept for the next.
let variables: Uint32Array = new Uint32Array(1024);
let digitRuns: Uint32Array = new Uint32Array(1024);

/**
 * Reads one recipe from start to end. In a large graph it looks at tens of millions of bytes, hence
 * the plain fields and loops: names with `#` cost a fifth of its time.
 */
class RecipeScanner {
  readonly bytes: Uint8Array;
  readonly offset: number;
  at = 0;
  variableCount = 0;
  digitRunCount = 0;
  digitsInNames = false;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.offset = offset;
  }

  scan(): RecipePlaces {
    this.system();
    this.expect(comma);
    this.string();
    this.expect(comma);
    this.arguments();
    this.expect(comma);
    this.environment();
    this.expect(closeParenthesis);
    if (this.at !== this.bytes.length) this.fail('the end of the derivation');
    return {
      variables: packNumbers(variables, this.variableCount),
      digitRuns: packNumbers(digitRuns, this.digitRunCount),
      digitsInNames: this.digitsInNames,
    };
  }

  /** The one string that Nix prints without escapes. */
  system(): void {
    const start = this.at + 1;
    this.string();
    if (this.bytes.subarray(start, this.at).includes(backslash)) {
      this.failAt(start, 'a string without escapes');
    }
  }

  arguments(): void {
    this.expect(openBracket);
    if (this.accept(closeBracket)) return;
    do this.string();
    while (this.accept(comma));
    this.expect(closeBracket);
  }

  environment(): void {
    this.expect(openBracket);
    if (this.accept(closeBracket)) {
      this.noteVariable(this.at + 1);
      return;
    }
    do this.variable();
    while (this.accept(comma));
    this.expect(closeBracket);
    this.noteVariable(this.at + 2);
  }

  variable(): void {
    const start = this.at;
    this.expect(openParenthesis);
    const key = this.at + 1;
    const runs = this.digitRunCount;
    this.string();
    if (this.digitRunCount > runs) this.digitsInNames = true;
    this.expect(comma);
    this.assertAscending(start, key, this.at - keyToValue + 1);
    this.noteVariable(key);
    this.noteVariable(this.at + 1);
    this.string();
    this.expect(closeParenthesis);
  }

  assertAscending(position: number, key: number, keyEnd: number): void {
    if (this.variableCount === 0) return;
    const previous = variables[this.variableCount - 2] ?? 0;
    const previousEnd = (variables[this.variableCount - 1] ?? 0) - keyToValue;
    if (compareEscaped(this.bytes, previous, previousEnd, key, keyEnd) < 0) return;
    const name = unescapeString(byteStringFrom(this.bytes.subarray(previous, previousEnd)));
    this.failAt(position, `an entry that sorts after '${name}'`);
  }

  /** Moves past a string, and notes the long runs of digits in it. */
  string(): void {
    this.expect(quote);
    const bytes = this.bytes;
    let at = this.at;
    let runStart = at;
    while (at < bytes.length) {
      const kind = kinds[bytes[at] ?? 0];
      if (kind === digit) {
        at += 1;
        continue;
      }
      if (at - runStart >= hashPartLength) this.noteDigits(runStart, at);
      if (kind === closing) {
        this.at = at + 1;
        return;
      }
      if (kind === escaping) this.assertEscape(at);
      else if (kind === toBeEscaped) throw this.unescaped(at);
      at += kind === escaping ? 2 : 1;
      runStart = at;
    }
    this.failAt(bytes.length, 'the end of a string');
  }

  noteVariable(place: number): void {
    if (this.variableCount === variables.length) variables = twiceAsLarge(variables);
    variables[this.variableCount] = place;
    this.variableCount += 1;
  }

  noteDigits(start: number, end: number): void {
    if (this.digitRunCount === digitRuns.length) digitRuns = twiceAsLarge(digitRuns);
    digitRuns[this.digitRunCount] = start;
    digitRuns[this.digitRunCount + 1] = end;
    this.digitRunCount += 2;
  }

  assertEscape(at: number): void {
    if (mayBeEscaped[this.bytes[at + 1] ?? 0] === 1) return;
    throw this.notCanonical('an escape that Nix does not write', at);
  }

  unescaped(at: number): NixFormatError {
    const name = controls.get(this.bytes[at] ?? -1);
    return this.notCanonical(`a ${name} that is not escaped`, at);
  }

  notCanonical(fault: string, at: number): NixFormatError {
    const position = this.offset + at;
    return new NixFormatError('bad-aterm', `${fault} at byte ${position}`, { position });
  }

  accept(byte: number): boolean {
    if (this.bytes[this.at] !== byte) return false;
    this.at += 1;
    return true;
  }

  expect(byte: number): void {
    if (!this.accept(byte)) this.fail(`'${String.fromCharCode(byte)}'`);
  }

  fail(expected: string): never {
    return this.failAt(this.at, expected);
  }

  failAt(position: number, expected: string): never {
    const found = byteStringFrom(this.bytes.subarray(position, position + shownBytes));
    throw badAterm(expected, found, this.offset + position);
  }
}

function twiceAsLarge(numbers: Uint32Array): Uint32Array {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
