import type { DerivationText } from '@dispatch/nix/aterm/derivation-text';
import { printHead } from '@dispatch/nix/aterm/print';
import { overwriteOutputPaths, type RecipeBytes } from '@dispatch/nix/aterm/recipe-bytes';
import type { DerivationOutput, InputDerivation, OutputName } from '@dispatch/nix/derivation';
import {
  type HashedInputs,
  type HashModulo,
  hashModulo,
  maskedHash,
  printHashedInputs,
} from '@dispatch/nix/hash-modulo';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import { inputAddressedPath } from '@dispatch/nix/output-path';
import {
  isDerivationPath,
  type StoreDir,
  type StorePath,
  storeDirOf,
} from '@dispatch/nix/store-path';
import { DerivationGraph } from './derivation-graph.ts';
import type { DerivationNode } from './derivation-node.ts';
import { GraphError } from './errors.ts';
import type { HashModulos } from './hash-modulos.ts';
import {
  type HashSubstitutions,
  SubstitutionTable,
  sourceSubstitutionOf,
  substituteInRecipe,
  substitutionsOf,
  unchangedInput,
  unchangedPaths,
} from './hash-substitutions.ts';
import { drvPathOf } from './verify-paths.ts';

/** A graph after some of its recipes were edited and everything above them recomputed. */
export interface Transformation {
  readonly graph: DerivationGraph;
  readonly modulos: HashModulos;
  /** What each changed derivation became; derivations that are not in it stayed as they were. */
  readonly changes: ReadonlyMap<StorePath, DerivationNode>;
}

/** The edited recipes, by the derivations' paths; the others are left as they are. */
export type RecipeEdits = ReadonlyMap<StorePath, RecipeBytes>;

/** What became of one derivation, and what has to be replaced in those that depend on it. */
export interface Change {
  readonly after: DerivationNode;
  readonly modulo: HashModulo;
  readonly substitutions: HashSubstitutions;
}

/** What became of a derivation's inputs, in the order of `inputPaths`; undefined if unchanged. */
export type InputChanges = readonly (Change | undefined)[];

/**
 * Edits recipes and carries the consequences through the graph, inputs first, exactly as Nix would
 * compute them if the edit stood in the expression: a derivation with a changed input gets the new
 * paths of its direct inputs, and from these a new `.drv` path and, unless it is fixed-output or
 * content-addressed, new output paths. Throws `dynamic-derivation` if a dynamic one has to change.
 */
export function transformGraph(
  graph: DerivationGraph,
  modulos: HashModulos,
  edits: RecipeEdits,
  sha256: Sha256,
): Transformation {
  if (edits.size === 0) return { graph, modulos, changes: new Map() };
  const changes: (Change | undefined)[] = [];
  const mover = new DerivationMover(graph, modulos, sha256);
  for (const [place, node] of graph.nodes.entries()) {
    const inputs = graph.inputsAt(place).map((input) => changes[input]);
    changes.push(mover.move(place, node, edits.get(node.path), inputs));
  }
  return transformation(graph, modulos, changes);
}

/** Carries changes through a graph, one derivation at a time. */
export class DerivationMover {
  readonly #graph: DerivationGraph;
  readonly #modulos: HashModulos;
  readonly #sha256: Sha256;
  readonly #table = new SubstitutionTable();

  constructor(graph: DerivationGraph, modulos: HashModulos, sha256: Sha256) {
    this.#graph = graph;
    this.#modulos = modulos;
    this.#sha256 = sha256;
  }

  /**
   * What the derivation `node` at a place becomes with an edited recipe or changed inputs;
   * undefined if it has neither.
   */
  move(
    place: number,
    node: DerivationNode,
    edited: RecipeBytes | undefined,
    inputs: InputChanges,
  ): Change | undefined {
    const table = this.#table;
    fillDirectSubstitutions(table, node, inputs);
    if (!table.isEmpty) this.#keepUnchangedPaths(table, place, node, inputs);
    if (edited === undefined && table.isEmpty) return undefined;
    const sha256 = this.#sha256;
    const moved = moveInputs(node, edited ?? node.text.recipe, table, inputs);
    const hashedInputs =
      node.kind === 'input-addressed'
        ? printHashedInputs(node.text.inputDrvs, moved.inputSrcs, (index) =>
            this.#moduloAt(place, index, inputs),
          )
        : undefined;
    const after = recompute(node, moved, hashedInputs, sha256);
    // A fixed output counts by its declared hash alone, which stays.
    const modulo =
      node.kind === 'fixed'
        ? this.#modulos.at(place)
        : hashModulo(sha256, node.kind, after.text, hashedInputs);
    return { after, modulo, substitutions: substitutionsOf(node, after, sha256) };
  }

  /** Nothing may be replaced in the paths of sources and of unchanged inputs, nor in those of fixed outputs. */
  #keepUnchangedPaths(
    table: SubstitutionTable,
    place: number,
    { text, kind }: DerivationNode,
    inputs: InputChanges,
  ): void {
    table.add(unchangedPaths(text.inputSrcs));
    if (kind === 'fixed') table.add(unchangedPaths(text.outputs.map(({ path }) => path)));
    for (const [index, input] of this.#graph.inputsAt(place).entries()) {
      const node = inputs[index] === undefined ? this.#graph.nodes[input] : undefined;
      if (node !== undefined) table.add(unchangedInput(node));
    }
  }

  #moduloAt(place: number, index: number, inputs: InputChanges): HashModulo {
    return inputs[index]?.modulo ?? this.#modulos.at(this.#graph.inputsAt(place)[index] ?? -1);
  }
}

function transformation(
  graph: DerivationGraph,
  modulos: HashModulos,
  changes: readonly (Change | undefined)[],
): Transformation {
  const nodes = graph.nodes.map((node, place) => changes[place]?.after ?? node);
  const changed = new Map<StorePath, DerivationNode>();
  for (const [place, node] of graph.nodes.entries()) {
    const after = changes[place]?.after;
    if (after !== undefined) changed.set(node.path, after);
  }
  const moved = DerivationGraph.ofOrdered(nodes);
  // If two derivations have become one, those after them have moved to other places.
  const isSameShape = moved.nodes === nodes;
  const before = isSameShape ? undefined : new Map(nodes.map(({ path }, place) => [path, place]));
  const placeBefore = (place: number): number => {
    const path = moved.nodes[place]?.path;
    return path === undefined ? -1 : (before?.get(path) ?? place);
  };
  const movedModulos: HashModulos = {
    at: (place) => {
      const old = placeBefore(place);
      return changes[old]?.modulo ?? modulos.at(old);
    },
  };
  return { graph: moved, modulos: movedModulos, changes: changed };
}

/** Fills the table with the substitutions of the direct inputs, and of nothing else. */
function fillDirectSubstitutions(
  table: SubstitutionTable,
  { text: { inputDrvs, inputSrcs } }: DerivationNode,
  inputs: InputChanges,
): void {
  table.clear();
  for (const index of inputDrvs.keys()) {
    const change = inputs[index];
    if (change !== undefined) table.add(change.substitutions);
  }
  if (inputs.length === inputDrvs.length) return;
  for (const [index, source] of inputSrcs.filter(isDerivationPath).entries()) {
    const change = inputs[inputDrvs.length + index];
    if (change !== undefined) table.add(sourceSubstitutionOf(source, change.after.path));
  }
}

function moveInputs(
  node: DerivationNode,
  recipe: RecipeBytes,
  table: SubstitutionTable,
  inputs: InputChanges,
): DerivationText {
  if (node.isDynamic) throw dynamicDerivation(node);
  const { outputs, inputDrvs, inputSrcs } = node.text;
  if (table.isEmpty) return { outputs, inputDrvs, inputSrcs, recipe };
  const moved = inputDrvs.map(
    (input, index): InputDerivation => ({
      path: inputs[index]?.after.path ?? input.path,
      outputs: input.outputs,
      dynamic: input.dynamic,
    }),
  );
  const hasMovedSources = inputs.length > inputDrvs.length;
  return {
    outputs,
    inputDrvs: mergeInputs(moved),
    inputSrcs: hasMovedSources ? moveSources(inputSrcs, inputs.slice(inputDrvs.length)) : inputSrcs,
    recipe: substituteInRecipe(recipe, table),
  };
}

/**
 * Replaces changed `.drv` files among the sources; `inputs` are the changes of these files, in
 * order.
 */
function moveSources(sources: readonly StorePath[], inputs: InputChanges): readonly StorePath[] {
  let next = 0;
  const moved = sources.map((source) => {
    if (!isDerivationPath(source)) return source;
    next += 1;
    return inputs[next - 1]?.after.path ?? source;
  });
  return [...new Set(moved)].toSorted();
}

/** Sorts the inputs, and merges two that became one derivation (an original and its variant). */
function mergeInputs(inputs: InputDerivation[]): readonly InputDerivation[] {
  inputs.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (inputs.every(({ path }, index) => path !== inputs[index + 1]?.path)) return inputs;
  const merged: InputDerivation[] = [];
  for (const input of inputs) {
    const previous = merged.at(-1);
    if (previous?.path !== input.path) merged.push(input);
    else merged[merged.length - 1] = { ...input, outputs: mergeNames(previous, input) };
  }
  return merged;
}

function mergeNames(a: InputDerivation, b: InputDerivation): OutputName[] {
  return [...new Set([...a.outputs, ...b.outputs])].toSorted();
}

/**
 * The node with the inputs and recipe of `moved`, and all of its own paths recomputed from these.
 */
function recompute(
  { path, name, kind, isDynamic }: DerivationNode,
  moved: DerivationText,
  hashedInputs: HashedInputs | undefined,
  sha256: Sha256,
): DerivationNode {
  const storeDir = storeDirOf(path);
  const text =
    hashedInputs === undefined
      ? moved
      : withOutputPaths(moved, storeDir, name, hashedInputs, sha256);
  const contentHash = sha256(printHead(text), text.recipe.bytes);
  const newPath = drvPathOf(storeDir, name, text, contentHash, sha256);
  return { path: newPath, name, kind, isDynamic, text, contentHash };
}

function withOutputPaths(
  text: DerivationText,
  storeDir: StoreDir,
  derivation: string,
  inputs: HashedInputs,
  sha256: Sha256,
): DerivationText {
  const masked = maskedHash(sha256, text, inputs);
  const outputs = text.outputs.map(
    ({ name, hashAlgo, hash }): DerivationOutput => ({
      name,
      path: inputAddressedPath(sha256, storeDir, derivation, name, masked),
      hashAlgo,
      hash,
    }),
  );
  const { inputDrvs, inputSrcs, recipe } = text;
  overwriteOutputPaths(recipe, outputs);
  return { outputs, inputDrvs, inputSrcs, recipe };
}

function dynamicDerivation(node: DerivationNode): GraphError {
  return new GraphError(
    'dynamic-derivation',
    `${node.path} depends on derivations that are themselves built, and would have to change: ` +
      'dispatch cannot rewrite such a derivation',
    node.path,
  );
}
