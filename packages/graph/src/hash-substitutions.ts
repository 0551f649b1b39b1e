import { type RecipeBytes, withSubstitutedBytes } from '@dispatch/nix/aterm/recipe-bytes';
import { bytesOf } from '@dispatch/nix/byte-string';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import { nixBase32Alphabet } from '@dispatch/nix/nixbase32';
import { packBytes } from '@dispatch/nix/packed';
import { downstreamPlaceholder } from '@dispatch/nix/placeholder';
import { hashPart, hashPartLength, type StorePath } from '@dispatch/nix/store-path';
import type { DerivationNode } from './derivation-node.ts';

/**
 * What has to be replaced in the recipes of those that depend on a changed derivation: the hash parts
 * of its `.drv` path and of its output paths, and the placeholders of outputs that have no path yet.
 */
export type HashSubstitutions = readonly Replacement[];

/** Digits of base 32, 32 or more, and as many others that come in their place. */
interface Replacement {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

function replacement(before: string, after: string): Replacement {
  return { before: bytesOf(before), after: bytesOf(after) };
}

/** For an input derivation that changed from `before` to `after`. */
export function substitutionsOf(
  before: DerivationNode,
  after: DerivationNode,
  sha256: Sha256,
): HashSubstitutions {
  const substitutions = [replacement(hashPart(before.path), hashPart(after.path))];
  for (const [index, { name, path }] of before.text.outputs.entries()) {
    const newPath = after.text.outputs[index]?.path ?? '';
    if (path === '') {
      const old = downstreamPlaceholder(sha256, before.path, name);
      const placeholder = downstreamPlaceholder(sha256, after.path, name);
      substitutions.push(replacement(old.slice(1), placeholder.slice(1)));
    } else if (path !== newPath) {
      substitutions.push(replacement(hashPart(path as StorePath), hashPart(newPath as StorePath)));
    }
  }
  return substitutions;
}

/** For a `.drv` file among the sources: only its own path is an input, its outputs are not. */
export function sourceSubstitutionOf(before: StorePath, after: StorePath): HashSubstitutions {
  return [replacement(hashPart(before), hashPart(after))];
}

/**
 * The substitutions of all changed inputs of one derivation, found by the digits that are replaced;
 * filled again for the next, which spares many tables.
 */
export class SubstitutionTable {
  /** By their first digits as a number, or the next number that was free. */
  readonly #replacements: Map<number, Replacement> = new Map();

  get isEmpty(): boolean {
    return this.#replacements.size === 0;
  }

  clear(): void {
    this.#replacements.clear();
  }

  add(substitutions: HashSubstitutions): void {
    for (const one of substitutions) this.#replacements.set(this.#slotOf(one.before), one);
  }

  /** What comes in the place of the digits that stand at `at`, if it is in the table. */
  find(bytes: Uint8Array, at: number, end: number): Replacement | undefined {
    let key = keyAt(bytes, at);
    let found = this.#replacements.get(key);
    while (found !== undefined && !standsAt(found.before, bytes, at, end)) {
      key += 1;
      found = this.#replacements.get(key);
    }
    return found;
  }

  #slotOf(before: Uint8Array): number {
    let key = keyAt(before, 0);
    let taken = this.#replacements.get(key);
    while (taken !== undefined && !isSame(taken.before, before)) {
      key += 1;
      taken = this.#replacements.get(key);
    }
    return key;
  }
}

const digitValues: Uint8Array = new Uint8Array(256);
for (let value = 0; value < 32; value += 1)
  digitValues[nixBase32Alphabet.charCodeAt(value)] = value;

/** The first six digits: 30 bits, which a number holds without a box. */
function keyAt(bytes: Uint8Array, at: number): number {
  let key = 0;
  for (let next = at; next < at + 6; next += 1) {
    key = (key << 5) | (digitValues[bytes[next] ?? 0] ?? 0);
  }
  return key;
}

function standsAt(digits: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (at + digits.length > end) return false;
  for (let next = 0; next < digits.length; next += 1) {
    if (digits[next] !== bytes[at + next]) return false;
  }
  return true;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && standsAt(a, b, 0, b.length);
}

/** A recipe with all of them replaced. */
export function substituteInRecipe(recipe: RecipeBytes, table: SubstitutionTable): RecipeBytes {
  const bytes = packBytes([recipe.bytes]);
  substituteDigits(bytes, recipe.places.digitRuns, table);
  return withSubstitutedBytes(recipe, bytes);
}

/**
 * Replaces in place, in one pass, so that nothing is replaced twice. `runs` are the start and the end
 * of all digits of base 32 of which 32 and more stand in a row.
 */
function substituteDigits(bytes: Uint8Array, runs: Uint32Array, table: SubstitutionTable): void {
  for (let run = 0; run < runs.length; run += 2) {
    const end = runs[run + 1] ?? 0;
    let at = runs[run] ?? 0;
    while (at + hashPartLength <= end) {
      const found = table.find(bytes, at, end);
      if (found !== undefined) bytes.set(found.after, at);
      at += found === undefined ? 1 : found.after.length;
    }
  }
}
