import { printHead } from '@dispatch/nix/aterm/print';
import { RecipeText, recipeWithOutputPaths } from '@dispatch/nix/aterm/recipe-text';
import type { DerivationOutput, InputDerivation, OutputName } from '@dispatch/nix/derivation';
import {
  type HashModulo,
  hashModulo,
  maskedHash,
  printHashedInputs,
} from '@dispatch/nix/hash-modulo';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import { inputAddressedPath } from '@dispatch/nix/output-path';
import { type StorePath, storeDirOf } from '@dispatch/nix/store-path';
import { DerivationGraph } from './derivation-graph.ts';
import type { DerivationNode } from './derivation-node.ts';
import { GraphError } from './errors.ts';
import { type HashModulos, knownModulo } from './hash-modulos.ts';
import {
  type HashSubstitutions,
  SubstitutionTable,
  sourceSubstitutionOf,
  substituteInRecipe,
  substitutionsOf,
} from './hash-substitutions.ts';
import { drvPathOf } from './verify-paths.ts';

/** A graph after some of its recipes were edited and everything above them recomputed. */
export interface Transformation {
  readonly graph: DerivationGraph;
  readonly modulos: HashModulos;
  /** What each changed derivation became; those that are not in it stayed as they were. */
  readonly changes: ReadonlyMap<StorePath, DerivationNode>;
}

/** The edited recipes, by the derivations' paths; the others are left as they are. */
export type RecipeEdits = ReadonlyMap<StorePath, RecipeText>;

interface Change {
  readonly after: DerivationNode;
  readonly substitutions: HashSubstitutions;
}

/**
 * Edits recipes and carries the consequences through the graph, inputs first, exactly as Nix would
 * compute them if the edit stood in the expression: a derivation with a changed input gets the new
 * paths of its direct inputs, and from these a new `.drv` path and, unless it is fixed-output or
 * content-addressed, new output paths. Throws `dynamic-derivation` where one would have to change.
 */
export function transformGraph(
  graph: DerivationGraph,
  modulos: HashModulos,
  edits: RecipeEdits,
  sha256: Sha256,
): Transformation {
  if (edits.size === 0) return { graph, modulos, changes: new Map() };
  const changes = new Map<StorePath, Change>();
  const table = new SubstitutionTable();
  const changedModulos = new Map<StorePath, HashModulo>();
  const newModulos: HashModulos = {
    get: (path) => changedModulos.get(path) ?? modulos.get(path),
  };
  const nodes = graph.nodes.map((node) => {
    const edited = edits.get(node.path);
    fillDirectSubstitutions(table, node, changes);
    if (edited === undefined && table.isEmpty) return node;
    const recipe = edited ?? node.text.recipe;
    const moved = moveInputs(node, recipe, table, changes);
    const [after, modulo] = recompute(moved, newModulos, sha256);
    changedModulos.set(after.path, modulo);
    changes.set(node.path, { after, substitutions: substitutionsOf(node, after, sha256) });
    return after;
  });
  return {
    graph: DerivationGraph.ofOrdered(nodes),
    modulos: newModulos,
    changes: new Map([...changes].map(([path, { after }]) => [path, after])),
  };
}

/** What the direct inputs, and nothing but them, ask to have replaced. */
function fillDirectSubstitutions(
  table: SubstitutionTable,
  node: DerivationNode,
  changes: ReadonlyMap<StorePath, Change>,
): void {
  table.clear();
  for (const { path } of node.text.inputDrvs) {
    const change = changes.get(path);
    if (change !== undefined) table.add(change.substitutions);
  }
  for (const source of node.text.inputSrcs) {
    const change = changes.get(source);
    if (change !== undefined) table.add(sourceSubstitutionOf(source, change.after.path));
  }
}

function moveInputs(
  node: DerivationNode,
  recipe: RecipeText,
  table: SubstitutionTable,
  changes: ReadonlyMap<StorePath, Change>,
): DerivationNode {
  if (node.isDynamic) throw dynamicDerivation(node);
  if (table.isEmpty) return { ...node, text: { ...node.text, recipe } };
  const newPath = (path: StorePath): StorePath => changes.get(path)?.after.path ?? path;
  const text = {
    outputs: node.text.outputs,
    inputDrvs: mergeInputs(
      node.text.inputDrvs.map(({ path, outputs, dynamic }) => ({
        path: newPath(path),
        outputs,
        dynamic,
      })),
    ),
    inputSrcs: [...new Set(node.text.inputSrcs.map(newPath))].toSorted(),
    recipe: substituteInRecipe(recipe, table),
  };
  return { ...node, text };
}

/** Sorted again; two that have become one derivation (an original and its variant) are merged. */
function mergeInputs(inputs: readonly InputDerivation[]): InputDerivation[] {
  const merged: InputDerivation[] = [];
  for (const input of inputs.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const previous = merged.at(-1);
    if (previous?.path !== input.path) merged.push(input);
    else merged[merged.length - 1] = { ...input, outputs: mergeNames(previous, input) };
  }
  return merged;
}

function mergeNames(a: InputDerivation, b: InputDerivation): OutputName[] {
  return [...new Set([...a.outputs, ...b.outputs])].toSorted();
}

/** The node with its own output paths and its own path computed anew from inputs and recipe. */
function recompute(
  node: DerivationNode,
  modulos: HashModulos,
  sha256: Sha256,
): [DerivationNode, HashModulo] {
  const isAddressed = node.kind === 'input-addressed';
  const inputs = isAddressed
    ? printHashedInputs(node.text, (path) => knownModulo(modulos, path))
    : undefined;
  const text = inputs === undefined ? node.text : withOutputPaths(node, inputs, sha256);
  const contentHash = sha256(printHead(text), text.recipe.text);
  const path = drvPathOf({ ...node, text }, contentHash, sha256);
  const modulo = hashModulo(sha256, node.kind, text, inputs);
  return [{ ...node, path, text, contentHash }, modulo];
}

function withOutputPaths(
  node: DerivationNode,
  inputs: string,
  sha256: Sha256,
): DerivationNode['text'] {
  const masked = maskedHash(sha256, node.text, inputs);
  const storeDir = storeDirOf(node.path);
  const outputs = node.text.outputs.map(
    (output): DerivationOutput => ({
      ...output,
      path: inputAddressedPath(sha256, storeDir, node.name, output.name, masked),
    }),
  );
  const recipe = new RecipeText(recipeWithOutputPaths(node.text.recipe, outputs).join(''));
  return { ...node.text, outputs, recipe };
}

function dynamicDerivation(node: DerivationNode): GraphError {
  return new GraphError(
    'dynamic-derivation',
    `${node.path} depends on derivations that are themselves built, and would have to change: ` +
      'dispatch cannot rewrite such a derivation',
    node.path,
  );
}
