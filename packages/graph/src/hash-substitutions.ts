import { type RecipeBytes, withSubstitutedBytes } from '@dispatch/nix/aterm/recipe-bytes';
import type { ByteString } from '@dispatch/nix/byte-string';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import { nixBase32Alphabet } from '@dispatch/nix/nixbase32';
import { packBytes } from '@dispatch/nix/packed';
import { downstreamPlaceholder } from '@dispatch/nix/placeholder';
import { baseName, hashPart, hashPartLength, type StorePath } from '@dispatch/nix/store-path';
import type { DerivationNode } from './derivation-node.ts';

/**
 * What has to be replaced in the recipes that depend on a changed derivation: the hash parts of its
 * `.drv` path and of its output paths, and the placeholders of outputs that have no path yet.
 */
export type HashSubstitutions = readonly Replacement[];

/** A text that begins with 32 digits of base 32, and another of the same length that replaces it. */
interface Replacement {
  readonly before: string;
  readonly after: string;
}

/** The substitutions for an input derivation that changed from `before` to `after`. */
export function substitutionsOf(
  before: DerivationNode,
  after: DerivationNode,
  sha256: Sha256,
): HashSubstitutions {
  const substitutions = replacementsOf(before.path, after.path);
  for (const [index, { name, path }] of before.text.outputs.entries()) {
    const newPath = after.text.outputs[index]?.path ?? '';
    if (path === '') {
      const old = downstreamPlaceholder(sha256, before.path, name);
      const placeholder = downstreamPlaceholder(sha256, after.path, name);
      substitutions.push({ before: old.slice(1), after: placeholder.slice(1) });
    } else {
      substitutions.push(...replacementsOf(path as StorePath, newPath as StorePath));
    }
  }
  return substitutions;
}

/** For a `.drv` file among the sources: only its own path is an input, its outputs are not. */
export function sourceSubstitutionOf(before: StorePath, after: StorePath): HashSubstitutions {
  return replacementsOf(before, after);
}

/**
 * For paths of a derivation or its inputs that stay as they are, none of which may be replaced in part. `''` stands for
 * a path that is not known yet.
 */
export function unchangedPaths(paths: readonly ByteString[]): HashSubstitutions {
  return paths.filter(hasDigitsInName).map((path) => baseNames(path, path));
}

/** Of an input derivation that did not change. */
export function unchangedInput({ path, text: { outputs } }: DerivationNode): HashSubstitutions {
  return unchangedPaths([path, ...outputs.map((output) => output.path)]);
}

/**
 * Replaces the hash part of a path wherever it stands, but never in the name of a path: an expression may have made that
 * of the hash part of another path, and nothing has the path of another name.
 */
function replacementsOf(before: StorePath, after: StorePath): Replacement[] {
  const whole = hasDigitsInName(before) ? [baseNames(before, after)] : [];
  if (before === after) return whole;
  // Of two that begin alike the first is taken.
  return [...whole, { before: hashPart(before), after: hashPart(after) }];
}

function baseNames(before: StorePath, after: StorePath): Replacement {
  return { before: baseName(before), after: baseName(after) };
}

/** Whether something in the name of a path could be the hash part of another one. Nearly no name has so many digits. */
function hasDigitsInName(path: ByteString): path is StorePath {
  const isLongEnough = path.length - path.indexOf('-') > hashPartLength;
  return isLongEnough && digitsInName.test(path);
}

const digitsInName = new RegExp(`-.*[${nixBase32Alphabet}]{${hashPartLength}}`);

/**
 * A hash table of the substitutions of all changed inputs of one derivation, looked up by the
 * digits to be replaced. It is cleared and filled again for the next derivation, in the same
 * memory.
 */
export class SubstitutionTable {
  readonly #replacements: Replacement[] = [];
  /** How many of the list are valid; the rest is left over from earlier derivations. */
  #count = 0;
  /** Open addressing by first digits: an index into the list plus one, or 0 for a free slot. */
  #slots: Int32Array = new Int32Array(256);

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  clear(): void {
    if (this.isEmpty) return;
    this.#count = 0;
    this.#slots.fill(0);
  }

  add(substitutions: HashSubstitutions): void {
    for (const one of substitutions) {
      this.#replacements[this.#count] = one;
      this.#count += 1;
      if (this.#count * 4 > this.#slots.length) this.#enlarge();
      else this.#place(one, this.#count);
    }
  }

  /** The replacement for what stands at `at`, if it is in the table: the first that was added. */
  find(bytes: Uint8Array, at: number): Replacement | undefined {
    const slots = this.#slots;
    let slot = firstDigits(bytes, at) & (slots.length - 1);
    for (let place = slots[slot] ?? 0; place !== 0; place = slots[slot] ?? 0) {
      const found = this.#replacements[place - 1];
      if (found !== undefined && standsAt(found.before, bytes, at)) return found;
      slot = (slot + 1) & (slots.length - 1);
    }
    return undefined;
  }

  #place({ before }: Replacement, place: number): void {
    const slots = this.#slots;
    let slot = firstDigitsOf(before) & (slots.length - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = place;
  }

  #enlarge(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (const [index, one] of this.#replacements.slice(0, this.#count).entries()) {
      this.#place(one, index + 1);
    }
  }
}

const digitValues: Uint8Array = new Uint8Array(256);
for (let value = 0; value < 32; value += 1)
  digitValues[nixBase32Alphabet.charCodeAt(value)] = value;

/** The first six digits as a number: 30 bits. */
function firstDigits(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let next = at + 5; next >= at; next -= 1) {
    number = (number << 5) | (digitValues[bytes[next] ?? 0] ?? 0);
  }
  return number;
}

function firstDigitsOf(digits: string): number {
  let number = 0;
  for (let next = 5; next >= 0; next -= 1) {
    number = (number << 5) | (digitValues[digits.charCodeAt(next)] ?? 0);
  }
  return number;
}

function standsAt(text: string, bytes: Uint8Array, at: number): boolean {
  for (let next = 0; next < text.length; next += 1) {
    if (text.charCodeAt(next) !== bytes[at + next]) return false;
  }
  return true;
}

function writeAt(text: string, bytes: Uint8Array, at: number): void {
  for (let next = 0; next < text.length; next += 1) bytes[at + next] = text.charCodeAt(next);
}

/** A copy of a recipe in which all substitutions of a table were made. */
export function substituteInRecipe(recipe: RecipeBytes, table: SubstitutionTable): RecipeBytes {
  const bytes = packBytes([recipe.bytes]);
  substituteDigits(bytes, recipe.places.digitRuns, table);
  return withSubstitutedBytes(recipe, bytes);
}

/**
 * Replaces in place and in one pass, so that nothing is replaced twice. `runs` are the starts and
 * ends of all runs of 32 or more digits of base 32.
 */
function substituteDigits(bytes: Uint8Array, runs: Uint32Array, table: SubstitutionTable): void {
  let at = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const end = runs[run + 1] ?? 0;
    at = Math.max(at, runs[run] ?? 0);
    while (at + hashPartLength <= end) {
      const found = table.find(bytes, at);
      if (found !== undefined) writeAt(found.after, bytes, at);
      at += found === undefined ? 1 : found.after.length;
    }
  }
}
