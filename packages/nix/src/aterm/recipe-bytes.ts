import {
  type ByteString,
  type Bytes,
  byteStringFrom,
  joinBytes,
  writeBytes,
} from '../byte-string.ts';
import type { DerivationOutput } from '../derivation.ts';
import { sortJsonMembers } from '../json-members.ts';
import { structuredAttributes } from '../structured-attributes.ts';
import { compareEscaped, compareEscapedTo, escapeString, unescapeString } from './escape.ts';
import { findPlaces, keyToValue, type RecipePlaces, valueToKey } from './recipe-places.ts';

/**
 * The end of a `.drv` file, from the system on: `"system","builder",[args],[env])`.
 *
 * It stays as it was written. Hashing and rewriting look at only a few places of it, so most of a
 * large graph is never decoded, and every byte of it is kept by construction.
 */
export class RecipeBytes {
  readonly bytes: Uint8Array;
  readonly #offset: number;
  #places: RecipePlaces | undefined;

  /** `offset` is where the recipe begins in its file, for messages. */
  constructor(bytes: Uint8Array, offset = 0, places?: RecipePlaces) {
    this.bytes = bytes;
    this.#offset = offset;
    this.#places = places;
  }

  /**
   * Where the variables and possible hash parts stand, found on first use. Throws `bad-aterm`, with
   * the position in the file, when the bytes are not a recipe as Nix writes it.
   */
  get places(): RecipePlaces {
    this.#places ??= findPlaces(this.bytes, this.#offset);
    return this.#places;
  }

  /** A recipe of other bytes, in which everything stands at the same places as in this one. */
  withBytes(bytes: Uint8Array): RecipeBytes {
    return new RecipeBytes(bytes, this.#offset, this.places);
  }
}

/** The system that the derivation is built for: the first string of its recipe. */
export function recipeSystem({ bytes }: RecipeBytes): ByteString {
  return byteStringFrom(bytes.subarray(1, bytes.indexOf(quote, 1)));
}

/** The value of an environment variable, or undefined. */
export function recipeVariable(recipe: RecipeBytes, key: ByteString): ByteString | undefined {
  const entry = findVariable(recipe, key);
  if (entry === undefined) return undefined;
  return unescapeString(byteStringFrom(recipe.bytes.subarray(entry.valueStart, entry.valueEnd)));
}

/** Whether there is a variable whose name begins with `prefix`, which must need no escapes. */
export function hasVariableFrom(recipe: RecipeBytes, prefix: ByteString): boolean {
  const index = placeOf(recipe, prefix);
  if (index === variableCount(recipe)) return false;
  const { keyStart, keyEnd } = entryAt(recipe, index);
  const end = Math.min(keyEnd, keyStart + prefix.length);
  return compareEscapedTo(recipe.bytes, keyStart, end, prefix) === 0;
}

/** The recipe with a variable set: added where it sorts, or given another value. */
export function setRecipeVariable(
  recipe: RecipeBytes,
  key: ByteString,
  value: ByteString,
): RecipeBytes {
  const escaped = escapeString(value);
  const present = findVariable(recipe, key);
  if (present !== undefined) return spliced(recipe, present.valueStart, present.valueEnd, escaped);
  const index = placeOf(recipe, key);
  const pair = `("${escapeString(key)}","${escaped}")`;
  if (index < variableCount(recipe)) {
    const start = entryAt(recipe, index).keyStart - entryOpening.length;
    return spliced(recipe, start, start, `${pair},`);
  }
  const end = recipe.bytes.length - recipeEnd.length;
  return spliced(recipe, end, end, index === 0 ? pair : `,${pair}`);
}

/** The recipe without a variable; the same recipe if it has no such variable. */
export function removeRecipeVariable(recipe: RecipeBytes, key: ByteString): RecipeBytes {
  const entry = findVariable(recipe, key);
  if (entry === undefined) return recipe;
  const start = entry.keyStart - entryOpening.length;
  const end = entry.valueEnd + entryClosing.length;
  const isLast = end === recipe.bytes.length - recipeEnd.length;
  const isOnly = variableCount(recipe) === 1;
  if (isLast) return spliced(recipe, isOnly ? start : start - 1, end, '');
  return spliced(recipe, start, end + 1, '');
}

/**
 * The recipe, in pieces, in which each variable named after one of `outputs` has that output's path
 * as its value. Outputs without a variable are skipped.
 */
export function recipeWithOutputPaths(
  recipe: RecipeBytes,
  outputs: readonly DerivationOutput[],
): Bytes[] {
  const pieces: Bytes[] = [];
  let copied = 0;
  // Outputs and environment are both sorted, so the places come in order.
  for (const { name, path } of outputs) {
    const entry = findVariable(recipe, name);
    if (entry === undefined) continue;
    pieces.push(recipe.bytes.subarray(copied, entry.valueStart), path);
    copied = entry.valueEnd;
  }
  pieces.push(recipe.bytes.subarray(copied));
  return pieces;
}

/**
 * Overwrites the output paths that stand in the recipe with those of `outputs`, which must be as
 * long. Works in place, so only for a recipe whose bytes nobody else has yet: copying them once
 * more would take longer than everything else.
 */
export function overwriteOutputPaths(
  recipe: RecipeBytes,
  outputs: readonly DerivationOutput[],
): void {
  for (const { name, path } of outputs) {
    const entry = findVariable(recipe, name);
    if (entry === undefined) continue;
    const { valueStart, valueEnd } = entry;
    if (valueEnd - valueStart !== path.length) throw new RangeError(`${path} does not fit in`);
    writeBytes(recipe.bytes.subarray(valueStart, valueEnd), [path]);
  }
}

/**
 * The recipe with `bytes`, which are its own with hash parts replaced by others. Names of variables
 * and keys in structured attributes hardly ever contain a hash part; where one does, they are
 * sorted again.
 */
export function withSubstitutedBytes(recipe: RecipeBytes, bytes: Uint8Array): RecipeBytes {
  const substituted = recipe.withBytes(bytes);
  const sorted = recipe.places.digitsInNames ? withSortedVariables(substituted) : substituted;
  return hasDigitsInJsonKeys(recipe) ? withSortedJson(sorted) : sorted;
}

function withSortedVariables(recipe: RecipeBytes): RecipeBytes {
  const { bytes } = recipe;
  const entries = Array.from({ length: variableCount(recipe) }, (_, index) =>
    entryAt(recipe, index),
  );
  const sorted = entries.toSorted((a, b) =>
    compareEscaped(bytes, a.keyStart, a.keyEnd, b.keyStart, b.keyEnd),
  );
  const first = (entries[0]?.keyStart ?? 0) - entryOpening.length;
  const pairs = sorted.flatMap(({ keyStart, valueEnd }): Bytes[] => [
    bytes.subarray(keyStart - entryOpening.length, valueEnd + entryClosing.length),
    ',',
  ]);
  return new RecipeBytes(joinBytes([bytes.subarray(0, first), ...pairs.slice(0, -1), recipeEnd]));
}

function withSortedJson(recipe: RecipeBytes): RecipeBytes {
  const json = recipeVariable(recipe, structuredAttributes);
  if (json === undefined) return recipe;
  return setRecipeVariable(recipe, structuredAttributes, sortJsonMembers(json));
}

/** Whether a key in the structured attributes may hold a hash part. Nearly no recipe has any. */
function hasDigitsInJsonKeys(recipe: RecipeBytes): boolean {
  const json = findVariable(recipe, structuredAttributes);
  if (json === undefined) return false;
  const { digitRuns } = recipe.places;
  let stringEnd = json.valueStart;
  for (let run = 0; run < digitRuns.length; run += 2) {
    const start = digitRuns[run] ?? 0;
    if (start >= json.valueEnd) return false;
    // This run is in a string that was already looked at.
    if (start < stringEnd) continue;
    stringEnd = endOfEscapedJsonString(recipe.bytes, digitRuns[run + 1] ?? start, json.valueEnd);
    if (recipe.bytes[stringEnd] === colon) return true;
  }
  return false;
}

/**
 * The place after the closing quote of the JSON string that contains `start`. The JSON is itself
 * the escaped value of a variable, so its quotes stand as `\"`.
 */
function endOfEscapedJsonString(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (bytes[at] !== backslash) at += 1;
    else if (bytes[at + 1] === quote) return at + 2;
    // An escape of the JSON itself, whose second character may be escaped once more.
    else if (bytes[at + 1] === backslash) at += bytes[at + 2] === backslash ? 4 : 3;
    else at += 2;
  }
  return end;
}

const backslash = 0x5c;
const colon = 0x3a;
const quote = 0x22;
const entryOpening = '("';
const entryClosing = '")';
const recipeEnd = '])';

function spliced(recipe: RecipeBytes, start: number, end: number, text: ByteString): RecipeBytes {
  const { bytes } = recipe;
  return new RecipeBytes(joinBytes([bytes.subarray(0, start), text, bytes.subarray(end)]));
}

interface Entry {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

function variableCount({ places: { variables } }: RecipeBytes): number {
  return (variables.length - 1) / 2;
}

function entryAt({ places: { variables } }: RecipeBytes, index: number): Entry {
  const valueStart = variables[index * 2 + 1] ?? 0;
  return {
    keyStart: variables[index * 2] ?? 0,
    keyEnd: valueStart - keyToValue,
    valueStart,
    valueEnd: (variables[index * 2 + 2] ?? 0) - valueToKey,
  };
}

function findVariable(recipe: RecipeBytes, key: ByteString): Entry | undefined {
  const index = placeOf(recipe, key);
  if (index === variableCount(recipe)) return undefined;
  const entry = entryAt(recipe, index);
  const isThere = compareEscapedTo(recipe.bytes, entry.keyStart, entry.keyEnd, key) === 0;
  return isThere ? entry : undefined;
}

/** The index of the variable `key`, or of the first one that sorts after it. */
function placeOf({ bytes, places }: RecipeBytes, key: ByteString): number {
  const { variables } = places;
  let low = 0;
  let high = (variables.length - 1) / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = variables[middle * 2] ?? 0;
    const end = (variables[middle * 2 + 1] ?? 0) - keyToValue;
    if (compareEscapedTo(bytes, start, end, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The variables in their order, decoded. */
export function recipeEnvironment(recipe: RecipeBytes): [key: ByteString, value: ByteString][] {
  const text = byteStringFrom(recipe.bytes);
  return Array.from({ length: variableCount(recipe) }, (_, index) => {
    const { keyStart, keyEnd, valueStart, valueEnd } = entryAt(recipe, index);
    const key = unescapeString(text.slice(keyStart, keyEnd));
    return [key, unescapeString(text.slice(valueStart, valueEnd))];
  });
}
