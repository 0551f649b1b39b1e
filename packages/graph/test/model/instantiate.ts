import type { ByteString } from '@dispatch/nix/byte-string';
import { makeStorePath, makeTextPath } from '@dispatch/nix/make-store-path';
import { fixedOutputPath } from '@dispatch/nix/output-path';
import { downstreamPlaceholder, ownPlaceholder } from '@dispatch/nix/placeholder';
import { defaultStoreDir, type StorePath } from '@dispatch/nix/store-path';
import { sha256 } from '../node-sha256.ts';
import { jsonOf, textOfValue } from './attribute-values.ts';
import { type Evaluated, type Inputs, print } from './print.ts';
import { argumentsOf, type Piece, type Recipe, type Recipes, type Text } from './recipe.ts';

/** What Nix makes of a recipe. */
export interface Instance {
  readonly path: StorePath;
  readonly text: ByteString;
  /** Empty where a path is not known before the build. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly inputs: ReadonlyMap<StorePath, ReadonlySet<string>>;
  readonly sources: ReadonlySet<StorePath>;
  /** What it counts as in the hashes of what depends on it; undefined when that is not known yet. */
  readonly modulo: string | undefined;
}

/**
 * A second, naive implementation of what Nix does with expressions: evaluates them whole, instead of
 * editing what was evaluated. Tests compare it with the real Nix, and use it where that is too slow.
 */
export function instantiate(recipes: Recipes): Instance[] {
  const known: Known = { inOrder: [], byPath: new Map() };
  for (const recipe of recipes) {
    const instance = instantiateOne(recipe, known);
    known.inOrder.push(instance);
    known.byPath.set(instance.path, instance);
  }
  return known.inOrder;
}

interface Known {
  readonly inOrder: Instance[];
  readonly byPath: Map<StorePath, Instance>;
}

function instantiateOne(recipe: Recipe, known: Known): Instance {
  const evaluated = evaluate(recipe, known);
  const { inputs, sources } = evaluated;
  const hashed = hashedInputs(inputs, known);
  const outputs = outputPaths(evaluated, hashed);
  const text = print(evaluated, [...inputs], outputs);
  const references = [...new Set([...sources, ...inputs.keys()])].toSorted();
  const drvName = `${recipe.name}.drv`;
  const path = makeTextPath(sha256, defaultStoreDir, drvName, sha256(text), references);
  return { path, text, outputs, inputs, sources, modulo: moduloOf(evaluated, hashed, outputs) };
}

function evaluate(recipe: Recipe, known: Known): Evaluated {
  const inputs = new Map<StorePath, Set<string>>();
  const sources = new Set<StorePath>();
  const render = (text: Text): ByteString =>
    text.map((piece) => renderPiece(piece, known, inputs, sources)).join('');
  const given = argumentsOf(recipe);
  const variables = recipe.isStructured
    ? [['__json', jsonOf({ set: given }, render)] as const]
    : given.map(([key, value]) => [key, textOfValue(value, render)] as const);
  return {
    recipe,
    inputs,
    sources,
    variables,
    builder: render(recipe.builder),
    args: recipe.args.map(render),
  };
}

function renderPiece(
  piece: Piece,
  known: Known,
  inputs: Map<StorePath, Set<string>>,
  sources: Set<StorePath>,
): ByteString {
  if (typeof piece === 'string') return piece;
  if ('placeholder' in piece) return ownPlaceholder(sha256, piece.placeholder);
  if ('file' in piece) {
    const path = makeTextPath(sha256, defaultStoreDir, 'text', sha256(piece.file), []);
    sources.add(path);
    return path;
  }
  if ('bareDrvPathOf' in piece) {
    sources.add(known.inOrder[piece.bareDrvPathOf]!.path);
    return known.inOrder[piece.bareDrvPathOf]!.path;
  }
  if ('drvPathOf' in piece) {
    const { path } = known.inOrder[piece.drvPathOf]!;
    for (const below of closureOf(path, known)) addClosureMember(below, known, inputs, sources);
    return path;
  }
  const instance = known.inOrder[piece.of]!;
  const name = outputName(instance, 'mention' in piece ? piece.mention : piece.output);
  if ('output' in piece) addInput(inputs, instance.path, [name]);
  return instance.outputs.get(name) || downstreamPlaceholder(sha256, instance.path, name);
}

/** The outputs stand in the order in which the recipe has them. */
function outputName(instance: Instance, place: number): string {
  const names = [...instance.outputs.keys()];
  return names[place % names.length]!;
}

/** What a derivation needs to be there, itself included. */
export function closureOf(path: StorePath, known: Pick<Known, 'byPath'>): Set<StorePath> {
  const closure = new Set<StorePath>([path]);
  for (const member of closure) {
    const instance = known.byPath.get(member);
    for (const below of [...(instance?.sources ?? []), ...(instance?.inputs.keys() ?? [])]) {
      closure.add(below);
    }
  }
  return closure;
}

function addClosureMember(
  path: StorePath,
  known: Known,
  inputs: Map<StorePath, Set<string>>,
  sources: Set<StorePath>,
): void {
  sources.add(path);
  const instance = known.byPath.get(path);
  if (instance !== undefined) addInput(inputs, path, [...instance.outputs.keys()]);
}

function addInput(inputs: Map<StorePath, Set<string>>, path: StorePath, names: string[]): void {
  inputs.set(path, new Set([...(inputs.get(path) ?? []), ...names]));
}

/** Inputs by their hashes modulo; undefined when one is not known yet. */
function hashedInputs(
  inputs: ReadonlyMap<StorePath, ReadonlySet<string>>,
  known: Known,
): Inputs | undefined {
  const merged = new Map<string, Set<string>>();
  for (const [path, names] of inputs) {
    const modulo = known.byPath.get(path)?.modulo;
    if (modulo === undefined) return undefined;
    merged.set(modulo, new Set([...(merged.get(modulo) ?? []), ...names]));
  }
  return [...merged];
}

function outputPaths(evaluated: Evaluated, hashed: Inputs | undefined): Map<string, string> {
  const { name, kind, outputs, declared, isRecursive } = evaluated.recipe;
  if (kind === 'fixed' && declared !== undefined) {
    const hashAlgo = (isRecursive ? 'r:' : '') + declared.algorithm;
    const output = { hashAlgo, hash: declared.hex };
    return new Map([['out', fixedOutputPath(sha256, defaultStoreDir, name, output)]]);
  }
  const unknown = new Map(outputs.map((output) => [output, '']));
  if (kind !== 'input-addressed' || hashed === undefined) return unknown;
  const masked = sha256(print(evaluated, hashed, unknown));
  return new Map(
    outputs.map((output) => {
      const pathName = output === 'out' ? name : `${name}-${output}`;
      return [output, makeStorePath(sha256, defaultStoreDir, `output:${output}`, masked, pathName)];
    }),
  );
}

function moduloOf(
  evaluated: Evaluated,
  hashed: Inputs | undefined,
  outputs: ReadonlyMap<string, string>,
): string | undefined {
  const { kind, declared, isRecursive } = evaluated.recipe;
  if (kind === 'fixed' && declared !== undefined) {
    const algorithm = (isRecursive ? 'r:' : '') + declared.algorithm;
    return sha256(`fixed:out:${algorithm}:${declared.hex}:${outputs.get('out')}`);
  }
  if (kind !== 'input-addressed' || hashed === undefined) return undefined;
  return sha256(print(evaluated, hashed, outputs));
}
