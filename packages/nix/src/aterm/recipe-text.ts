import type { ByteString } from '../byte-string.ts';
import type { DerivationOutput } from '../derivation.ts';
import { hashPartLength } from '../store-path.ts';
import { Cursor } from './cursor.ts';
import { assertCanonicalEscapes, escapeString, unescapeString } from './escape.ts';

/**
 * The end of a `.drv` file, from the system on: `"system","builder",[args],[env])`.
 *
 * It is read when it is first looked into. Most recipes of a large graph never are: their text is
 * only searched for hashes, and printed again.
 */
export class RecipeText {
  readonly text: ByteString;
  readonly #offset: number;
  #env: readonly number[] | undefined;

  /** `offset` is where the recipe begins in its file, for messages. */
  constructor(text: ByteString, offset = 0) {
    this.text = text;
    this.#offset = offset;
  }

  /**
   * Where the environment's entries stand in `text`, four numbers for each: start and end of the
   * key, start and end of the value, all inside the quotes. Flat, since a large graph has millions.
   * Throws `bad-aterm`, with the position in the file, when this is no recipe as Nix writes it.
   */
  get env(): readonly number[] {
    this.#env ??= readRecipe(this.text, this.#offset);
    return this.#env;
  }
}

function readRecipe(text: ByteString, offset: number): number[] {
  assertCanonicalEscapes(text, offset);
  const cursor = new Cursor(text, offset);
  cursor.plainString();
  cursor.expect(',');
  cursor.skipString();
  cursor.expect(',');
  cursor.list(() => cursor.skipString());
  cursor.expect(',');
  const env = readEnvironment(cursor);
  cursor.expect(')');
  cursor.end();
  return env;
}

function readEnvironment(cursor: Cursor): number[] {
  const { text } = cursor;
  const env: number[] = [];
  let previousStart = -1;
  let previousEnd = -1;
  cursor.list(() => {
    const entryStart = cursor.at;
    cursor.expect('(');
    const keyStart = cursor.at + 1;
    cursor.skipString();
    const keyEnd = cursor.at - 1;
    cursor.expect(',');
    const valueStart = cursor.at + 1;
    cursor.skipString();
    const valueEnd = cursor.at - 1;
    cursor.expect(')');
    if (previousStart !== -1 && !keysAscend(text, previousStart, previousEnd, keyStart, keyEnd)) {
      const previous = unescapeString(text.slice(previousStart, previousEnd));
      cursor.failAt(entryStart, `an entry that sorts after '${previous}'`);
    }
    previousStart = keyStart;
    previousEnd = keyEnd;
    env.push(keyStart, keyEnd, valueStart, valueEnd);
  });
  return env;
}

const backslash = 0x5c;

/** Whether one key sorts before another, in place: taking both out of the text takes far longer. */
function keysAscend(
  text: ByteString,
  start: number,
  end: number,
  nextStart: number,
  nextEnd: number,
): boolean {
  const common = Math.min(end - start, nextEnd - nextStart);
  for (let at = 0; at < common; at += 1) {
    const code = text.charCodeAt(start + at);
    const nextCode = text.charCodeAt(nextStart + at);
    if (code === backslash || nextCode === backslash) {
      const key = unescapeString(text.slice(start, end));
      return key < unescapeString(text.slice(nextStart, nextEnd));
    }
    if (code !== nextCode) return code < nextCode;
  }
  return end - start < nextEnd - nextStart;
}

/** The value of an environment variable, or undefined. */
export function recipeVariable(recipe: RecipeText, key: ByteString): ByteString | undefined {
  const entry = findEntry(recipe, key);
  return entry?.found === true
    ? unescapeString(recipe.text.slice(entry.valueStart, entry.valueEnd))
    : undefined;
}

/** The recipe with one variable more, at the place where it sorts, or with another value. */
export function setRecipeVariable(
  recipe: RecipeText,
  key: ByteString,
  value: ByteString,
): RecipeText {
  const { text } = recipe;
  const entry = findEntry(recipe, key);
  if (entry?.found === true) {
    const after = text.slice(entry.valueEnd);
    return new RecipeText(text.slice(0, entry.valueStart) + escapeString(value) + after);
  }
  const pair = `("${escapeString(key)}","${escapeString(value)}")`;
  if (entry !== undefined) {
    const start = entry.keyStart - entryOpening.length;
    return new RecipeText(`${text.slice(0, start)}${pair},${text.slice(start)}`);
  }
  const separator = recipe.env.length === 0 ? '' : ',';
  return new RecipeText(`${text.slice(0, -recipeEnd.length)}${separator}${pair}${recipeEnd}`);
}

/** The recipe without one variable, which it has. */
export function removeRecipeVariable(recipe: RecipeText, key: ByteString): RecipeText {
  const entry = findEntry(recipe, key);
  if (entry?.found !== true) return recipe;
  const start = entry.keyStart - entryOpening.length;
  const end = entry.valueEnd + entryClosing.length;
  const isLast = recipe.text[end] !== ',';
  const isFirst = recipe.text[start - 1] !== ',';
  const before = recipe.text.slice(0, isLast && !isFirst ? start - 1 : start);
  return new RecipeText(before + recipe.text.slice(isLast ? end : end + 1));
}

/**
 * The recipe's text, in pieces, with the paths of `outputs` as the values of the variables named for
 * them, where there are such variables.
 */
export function recipeWithOutputPaths(
  recipe: RecipeText,
  outputs: readonly DerivationOutput[],
): ByteString[] {
  const pieces: ByteString[] = [];
  let copied = 0;
  // Outputs and environment are both sorted, so the places come in order.
  for (const { name, path } of outputs) {
    const entry = findEntry(recipe, name);
    if (entry?.found !== true) continue;
    pieces.push(recipe.text.slice(copied, entry.valueStart), path);
    copied = entry.valueEnd;
  }
  pieces.push(recipe.text.slice(copied));
  return pieces;
}

/**
 * The recipe with another text of the same length. Names of variables hardly ever have a hash part
 * in them; where one does and was replaced, the variables are sorted again.
 */
export function withSubstitutedText(recipe: RecipeText, text: ByteString): RecipeText {
  const { env } = recipe;
  for (let entry = 0; entry < env.length / 4; entry += 1) {
    const isLong = (env[entry * 4 + 1] ?? 0) - (env[entry * 4] ?? 0) >= hashPartLength;
    if (isLong && keyAt(text, env, entry) !== keyAt(recipe.text, env, entry)) {
      return sortVariables(text, env);
    }
  }
  return new RecipeText(text);
}

function sortVariables(text: ByteString, env: readonly number[]): RecipeText {
  const [first = 0] = env;
  const pairs: { key: ByteString; pair: ByteString }[] = [];
  for (let entry = 0; entry < env.length / 4; entry += 1) {
    const start = (env[entry * 4] ?? 0) - entryOpening.length;
    const end = (env[entry * 4 + 3] ?? 0) + entryClosing.length;
    pairs.push({ key: keyAt(text, env, entry), pair: text.slice(start, end) });
  }
  const sorted = pairs.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ pair }) => pair);
  return new RecipeText(text.slice(0, first - entryOpening.length) + sorted.join(',') + recipeEnd);
}

const entryOpening = '("';
const entryClosing = '")';
const recipeEnd = '])';

interface Entry {
  /** Whether this is the variable asked for, or else the first that sorts after it. */
  readonly found: boolean;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

function findEntry({ text, env }: RecipeText, key: ByteString): Entry | undefined {
  let low = 0;
  let high = env.length / 4;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyAt(text, env, middle) < key) low = middle + 1;
    else high = middle;
  }
  if (low === env.length / 4) return undefined;
  return {
    found: keyAt(text, env, low) === key,
    keyStart: env[low * 4] ?? 0,
    valueStart: env[low * 4 + 2] ?? 0,
    valueEnd: env[low * 4 + 3] ?? 0,
  };
}

function keyAt(text: ByteString, env: readonly number[], entry: number): ByteString {
  return unescapeString(text.slice(env[entry * 4], env[entry * 4 + 1]));
}
