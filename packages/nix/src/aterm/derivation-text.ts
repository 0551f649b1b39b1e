import type { ByteString } from '../byte-string.ts';
import type { DerivationOutput, DynamicOutput, InputDerivation, OutputName } from '../derivation.ts';
import { parseStorePath, type StoreDir, type StorePath } from '../store-path.ts';
import { Cursor } from './cursor.ts';
import { assertCanonicalEscapes, unescapeString } from './escape.ts';

/**
 * A derivation with its head read and its recipe left as text.
 *
 * Hashing and rewriting replace the head and touch the recipe in a few places only; leaving the rest
 * as it was written is faster than reading it, and keeps every byte of it by construction.
 */
export interface DerivationText {
  readonly outputs: readonly DerivationOutput[];
  readonly inputDrvs: readonly InputDerivation[];
  readonly inputSrcs: readonly StorePath[];
  readonly recipe: RecipeText;
}

/** The end of a `.drv` file, from the system on: `"system","builder",[args],[env])`. */
export interface RecipeText {
  readonly text: ByteString;
  /**
   * Where the environment's entries stand in `text`, four numbers for each: start and end of the
   * key, start and end of the value, all inside the quotes. Flat, since a large graph has millions.
   */
  readonly env: readonly number[];
}

/** Levels of outputs of outputs that are read; Nix itself has seen no more than two or three. */
const maximumDynamicDepth = 64;

/**
 * Reads a `.drv` file in exactly the form in which Nix writes it (`Derive(…)`, or `DrvWithVersion(…)`
 * for dynamic derivations). Throws `bad-aterm` with the position for anything else, so that what is
 * read is always printed again byte for byte.
 */
export function readDerivationText(text: ByteString, storeDir?: StoreDir): DerivationText {
  assertCanonicalEscapes(text);
  const cursor = new Cursor(text);
  const dynamic = cursor.accept('DrvWithVersion("xp-dyn-drv",');
  if (!dynamic) cursor.expect('Derive(');
  const outputs = readOutputs(cursor);
  cursor.expect(',');
  const inputDrvs = readInputDrvs(cursor, dynamic, storeDir);
  cursor.expect(',');
  const inputSrcs = readSorted(cursor, () => readStorePath(cursor, storeDir));
  cursor.expect(',');
  const recipe = readRecipe(cursor);
  return { outputs, inputDrvs, inputSrcs, recipe };
}

function readOutputs(cursor: Cursor): DerivationOutput[] {
  const outputs: DerivationOutput[] = [];
  let previous: string | undefined;
  cursor.list(() => {
    const start = cursor.at;
    cursor.expect('(');
    const name = cursor.plainString();
    cursor.expect(',');
    const path = cursor.plainString();
    cursor.expect(',');
    const hashAlgo = cursor.plainString();
    cursor.expect(',');
    const hash = cursor.plainString();
    cursor.expect(')');
    assertAscending(cursor, start, previous, name);
    previous = name;
    outputs.push({ name, path, hashAlgo, hash });
  });
  return outputs;
}

function readInputDrvs(
  cursor: Cursor,
  dynamic: boolean,
  storeDir: StoreDir | undefined,
): InputDerivation[] {
  const start = cursor.at;
  const inputs: InputDerivation[] = [];
  let previous: string | undefined;
  cursor.list(() => {
    const itemStart = cursor.at;
    cursor.expect('(');
    const path = readStorePath(cursor, storeDir);
    cursor.expect(',');
    assertAscending(cursor, itemStart, previous, path);
    previous = path;
    inputs.push({ path, ...readWantedOutputs(cursor, dynamic, 0) });
    cursor.expect(')');
  });
  if (dynamic && inputs.every((input) => input.dynamic.length === 0)) {
    cursor.failAt(start, 'an output of an output, for which alone this form is written');
  }
  return inputs;
}

const noDynamicOutputs: readonly DynamicOutput[] = [];

function readWantedOutputs(
  cursor: Cursor,
  dynamic: boolean,
  depth: number,
): { outputs: readonly OutputName[]; dynamic: readonly DynamicOutput[] } {
  if (!dynamic || !cursor.accept('(')) {
    return { outputs: readOutputNames(cursor), dynamic: noDynamicOutputs };
  }
  if (depth === maximumDynamicDepth) cursor.fail(`at most ${maximumDynamicDepth} levels of outputs`);
  const outputs = readOutputNames(cursor);
  cursor.expect(',');
  const nested: DynamicOutput[] = [];
  cursor.list(() => {
    const start = cursor.at;
    cursor.expect('(');
    const output = cursor.plainString();
    cursor.expect(',');
    assertAscending(cursor, start, nested.at(-1)?.output, output);
    nested.push({ output, ...readWantedOutputs(cursor, true, depth + 1) });
    cursor.expect(')');
  });
  cursor.expect(')');
  if (nested.length === 0) cursor.fail('at least one output of an output');
  return { outputs, dynamic: nested };
}

const onlyOut: readonly OutputName[] = ['out'];

function readOutputNames(cursor: Cursor): readonly OutputName[] {
  // By far the most common, and one array for all of them spares memory in large graphs.
  if (cursor.accept('["out"]')) return onlyOut;
  return readSorted(cursor, () => cursor.plainString());
}

function readSorted<T extends string>(cursor: Cursor, item: () => T): T[] {
  const items: T[] = [];
  cursor.list(() => {
    const start = cursor.at;
    const value = item();
    assertAscending(cursor, start, items.at(-1), value);
    items.push(value);
  });
  return items;
}

function readStorePath(cursor: Cursor, storeDir: StoreDir | undefined): StorePath {
  const start = cursor.at;
  const text = cursor.plainString();
  try {
    return parseStorePath(text, storeDir);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return cursor.failAt(start, `a store path (${why})`);
  }
}

function readRecipe(cursor: Cursor): RecipeText {
  const recipeStart = cursor.at;
  cursor.plainString();
  cursor.expect(',');
  cursor.skipString();
  cursor.expect(',');
  cursor.list(() => cursor.skipString());
  cursor.expect(',');
  const env = readEnvironment(cursor, recipeStart);
  cursor.expect(')');
  cursor.end();
  return { text: cursor.text.slice(recipeStart), env };
}

function readEnvironment(cursor: Cursor, recipeStart: number): number[] {
  const env: number[] = [];
  let previous: string | undefined;
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
    const key = unescapeString(cursor.text.slice(keyStart, keyEnd));
    assertAscending(cursor, entryStart, previous, key);
    previous = key;
    env.push(
      keyStart - recipeStart,
      keyEnd - recipeStart,
      valueStart - recipeStart,
      valueEnd - recipeStart,
    );
  });
  return env;
}

function assertAscending(
  cursor: Cursor,
  position: number,
  previous: string | undefined,
  next: string,
): void {
  if (previous !== undefined && previous >= next) {
    cursor.failAt(position, `an entry that sorts after '${previous}'`);
  }
}
