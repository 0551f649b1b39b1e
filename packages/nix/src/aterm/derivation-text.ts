import { byteStringFrom } from '../byte-string.ts';
import type {
  DerivationOutput,
  DynamicOutput,
  InputDerivation,
  OutputName,
} from '../derivation.ts';
import { messageOf } from '../message-of.ts';
import { parseStorePath, type StoreDir, type StorePath } from '../store-path.ts';
import { Cursor } from './cursor.ts';
import { RecipeBytes } from './recipe-bytes.ts';

/**
 * A derivation whose head (outputs and inputs) is parsed and whose recipe is still bytes.
 *
 * Hashing and rewriting replace the head and touch the recipe in a few places only; leaving the
 * rest as it was written is faster than reading it, and keeps every byte of it by construction.
 */
export interface DerivationText {
  readonly outputs: readonly DerivationOutput[];
  readonly inputDrvs: readonly InputDerivation[];
  readonly inputSrcs: readonly StorePath[];
  readonly recipe: RecipeBytes;
}

/**
 * Inputs that were read before, by their text. The derivations of a graph name the same inputs
 * again and again, so each input is read and checked once, and all of them share one object for it.
 */
export type KnownInputs = Map<string, InputDerivation>;

/** Deepest nesting of outputs of outputs that is read; Nix itself has seen two or three at most. */
const maximumDynamicDepth = 64;

/**
 * Reads the head of a `.drv` file in exactly the form in which Nix writes it (`Derive(…)`, or
 * `DrvWithVersion(…)` for dynamic derivations). Throws `bad-aterm` with the position for anything
 * else, so that what is read is always printed again byte for byte. The recipe is read just as
 * strictly, but only when it is first looked into. To read many derivations of one store, pass the
 * same `known` each time.
 */
export function readDerivationText(
  bytes: Uint8Array,
  storeDir?: StoreDir,
  known: KnownInputs = new Map(),
): DerivationText {
  const cursor = new Cursor(byteStringFrom(bytes.subarray(0, endOfHead(bytes))));
  const dynamic = cursor.accept('DrvWithVersion("xp-dyn-drv",');
  if (!dynamic) cursor.expect('Derive(');
  const outputs = readOutputs(cursor);
  cursor.expect(',');
  const inputDrvs = readInputDrvs(cursor, dynamic, storeDir, known);
  cursor.expect(',');
  const inputSrcs = readSorted(cursor, () => readStorePath(cursor, storeDir));
  cursor.expect(',');
  const recipe = new RecipeBytes(bytes.subarray(cursor.at), cursor.at);
  return { outputs, inputDrvs, inputSrcs, recipe };
}

const closeBracket = 0x5d;
const comma = 0x2c;
const quote = 0x22;

/**
 * Where the recipe begins: after the first `],` that a `"` follows. In the head only the list of
 * sources is followed by a string, and no string of the head can contain `],"`, since they have no
 * escapes.
 */
function endOfHead(bytes: Uint8Array): number {
  let at = bytes.indexOf(closeBracket);
  while (at !== -1) {
    if (bytes[at + 1] === comma && bytes[at + 2] === quote) return at + 2;
    at = bytes.indexOf(closeBracket, at + 1);
  }
  return bytes.length;
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
    cursor.assertAscending(start, previous, name);
    previous = name;
    outputs.push({ name, path, hashAlgo, hash });
  });
  return outputs;
}

function readInputDrvs(
  cursor: Cursor,
  dynamic: boolean,
  storeDir: StoreDir | undefined,
  known: KnownInputs,
): InputDerivation[] {
  const start = cursor.at;
  const inputs: InputDerivation[] = [];
  let previous: string | undefined;
  cursor.list(() => {
    const itemStart = cursor.at;
    const input = dynamic
      ? readDynamicInput(cursor, storeDir)
      : (readKnownInput(cursor, known) ?? readInput(cursor, storeDir, known));
    cursor.assertAscending(itemStart, previous, input.path);
    previous = input.path;
    inputs.push(input);
  });
  if (dynamic && inputs.every((input) => input.dynamic.length === 0)) {
    cursor.failAt(start, 'an output of an output: Nix writes DrvWithVersion only for these');
  }
  return inputs;
}

const inputEnd = '])';

function readKnownInput(cursor: Cursor, known: KnownInputs): InputDerivation | undefined {
  const end = cursor.text.indexOf(inputEnd, cursor.at) + inputEnd.length;
  const input = known.get(cursor.text.slice(cursor.at, end));
  if (input !== undefined) cursor.at = end;
  return input;
}

function readInput(
  cursor: Cursor,
  storeDir: StoreDir | undefined,
  known: KnownInputs,
): InputDerivation {
  const start = cursor.at;
  cursor.expect('(');
  const path = readStorePath(cursor, storeDir);
  cursor.expect(',');
  const input = { path, outputs: readOutputNames(cursor), dynamic: noDynamicOutputs };
  cursor.expect(')');
  known.set(cursor.text.slice(start, cursor.at), input);
  return input;
}

function readDynamicInput(cursor: Cursor, storeDir: StoreDir | undefined): InputDerivation {
  cursor.expect('(');
  const path = readStorePath(cursor, storeDir);
  cursor.expect(',');
  const wanted = readWantedOutputs(cursor, 0);
  cursor.expect(')');
  return { path, outputs: wanted.outputs, dynamic: wanted.dynamic };
}

const noDynamicOutputs: readonly DynamicOutput[] = [];

function readWantedOutputs(
  cursor: Cursor,
  depth: number,
): { outputs: readonly OutputName[]; dynamic: readonly DynamicOutput[] } {
  if (!cursor.accept('(')) {
    return { outputs: readOutputNames(cursor), dynamic: noDynamicOutputs };
  }
  if (depth === maximumDynamicDepth)
    cursor.fail(`at most ${maximumDynamicDepth} levels of outputs`);
  const outputs = readOutputNames(cursor);
  cursor.expect(',');
  const nested: DynamicOutput[] = [];
  cursor.list(() => {
    const start = cursor.at;
    cursor.expect('(');
    const output = cursor.plainString();
    cursor.expect(',');
    cursor.assertAscending(start, nested.at(-1)?.output, output);
    nested.push({ output, ...readWantedOutputs(cursor, depth + 1) });
    cursor.expect(')');
  });
  cursor.expect(')');
  if (nested.length === 0) cursor.fail('at least one output of an output');
  return { outputs, dynamic: nested };
}

const onlyOut: readonly OutputName[] = ['out'];

function readOutputNames(cursor: Cursor): readonly OutputName[] {
  // By far the most common list; sharing one array for all of them saves memory in large graphs.
  if (cursor.accept('["out"]')) return onlyOut;
  return readSorted(cursor, () => cursor.plainString());
}

function readSorted<T extends string>(cursor: Cursor, item: () => T): T[] {
  const items: T[] = [];
  cursor.list(() => {
    const start = cursor.at;
    const value = item();
    cursor.assertAscending(start, items.at(-1), value);
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
    const why = messageOf(cause);
    return cursor.failAt(start, `a store path (${why})`);
  }
}
