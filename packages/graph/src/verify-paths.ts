import type { DerivationText } from '@dispatch/nix/aterm/derivation-text';
import { recipeVariable } from '@dispatch/nix/aterm/recipe-bytes';
import { displayText } from '@dispatch/nix/byte-string';
import type { DerivationOutput, InputDerivation, OutputName } from '@dispatch/nix/derivation';
import {
  type HashedInputs,
  type HashModulo,
  hashModulo,
  maskedHash,
} from '@dispatch/nix/hash-modulo';
import { makeTextPath, type Sha256 } from '@dispatch/nix/make-store-path';
import { messageOf } from '@dispatch/nix/message-of';
import { fixedOutputPath, inputAddressedPath } from '@dispatch/nix/output-path';
import { type StoreDir, type StorePath, storeDirOf } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';
import { assertRecipe, type DerivationNode } from './derivation-node.ts';
import { GraphError } from './errors.ts';
import { type HashModulos, hashedInputsAt, KnownHashModulos } from './hash-modulos.ts';

/**
 * Recomputes every `.drv` path and every output path of a graph and compares it with the one that
 * is claimed; returns the hash modulos that this takes. dispatch is a trusted user on builders,
 * which build what they are told under the path they are told; so nothing may reach them under a
 * path that it does not hash to.
 *
 * Throws `path-mismatch`, `unverifiable-output` for an output hash that gives no path, or
 * `corrupt-derivation` for a derivation that wants an output which its input does not have.
 */
export function verifyPaths(graph: DerivationGraph, sha256: Sha256): HashModulos {
  const known: HashModulo[] = [];
  const modulos = new KnownHashModulos(known);
  const verified = new Set<InputDerivation>();
  for (const [place, node] of graph.nodes.entries()) {
    assertRecipe(node);
    verifyDrvPath(node, sha256);
    const isAddressed = node.kind === 'input-addressed' || node.kind === 'deferred';
    if (node.kind !== 'fixed') verifyWantedOutputs(graph, node, verified);
    const inputs = isAddressed ? hashedInputsAt(graph, place, modulos) : undefined;
    verifyOutputs(node, inputs, sha256);
    known.push(hashModulo(sha256, node.kind, node.text, inputs));
  }
  return modulos;
}

function verifyOutputs(
  node: DerivationNode,
  inputs: HashedInputs | undefined,
  sha256: Sha256,
): void {
  if (node.kind === 'fixed') verifyFixedOutput(node, sha256);
  if (node.kind === 'input-addressed') verifyInputAddressed(node, inputs, sha256);
  if (node.kind === 'deferred' && inputs !== undefined) {
    throw mismatch(node.path, 'it leaves its output paths open, although all its inputs are known');
  }
}

/**
 * Throws for a wanted output that its input does not have, since Nix finds no hash for it. (What is
 * fixed is hashed without its inputs.) `verified` are inputs that were checked before: the
 * derivations of a graph share them.
 */
function verifyWantedOutputs(
  graph: DerivationGraph,
  { path, text: { inputDrvs } }: DerivationNode,
  verified: Set<InputDerivation>,
): void {
  for (const input of inputDrvs) {
    if (verified.has(input)) continue;
    const lacking = lackingOutput(input.outputs, graph.get(input.path)?.text.outputs ?? []);
    if (lacking !== undefined) throw lacksOutput(path, input.path, lacking);
    verified.add(input);
  }
}

/** The first wanted name that no output has. Both lists are sorted, and some are very long. */
function lackingOutput(
  wanted: readonly OutputName[],
  outputs: readonly DerivationOutput[],
): OutputName | undefined {
  let next = 0;
  return wanted.find((name) => {
    while ((outputs[next]?.name ?? name) < name) next += 1;
    return outputs[next]?.name !== name;
  });
}

/** The path of a `.drv` file: a hash of its text and of its references. */
export function drvPathOf(
  storeDir: StoreDir,
  name: string,
  { inputDrvs, inputSrcs }: DerivationText,
  contentHash: string,
  sha256: Sha256,
): StorePath {
  const references = mergeSorted(
    inputSrcs,
    inputDrvs.map((input) => input.path),
  );
  return makeTextPath(sha256, storeDir, `${name}.drv`, contentHash, references);
}

/** Two sorted lists as one, without duplicates. */
function mergeSorted(a: readonly StorePath[], b: readonly StorePath[]): readonly StorePath[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: StorePath[] = [];
  let next = 0;
  for (const path of a) {
    while (next < b.length && (b[next] ?? path) < path) {
      merged.push(b[next] ?? path);
      next += 1;
    }
    if (next < b.length && b[next] === path) next += 1;
    merged.push(path);
  }
  return merged.concat(b.slice(next));
}

function verifyDrvPath(node: DerivationNode, sha256: Sha256): void {
  const { path, name, text, contentHash } = node;
  const computed = drvPathOf(storeDirOf(path), name, text, contentHash, sha256);
  if (computed !== path) throw mismatch(path, `its content hashes to ${computed}`);
}

function verifyFixedOutput(node: DerivationNode, sha256: Sha256): void {
  for (const output of node.text.outputs) {
    compareOutput(node, output, fixedPath(node, output, sha256));
  }
}

function fixedPath(node: DerivationNode, output: DerivationOutput, sha256: Sha256): StorePath {
  try {
    return fixedOutputPath(sha256, storeDirOf(node.path), node.name, output);
  } catch (cause) {
    const fault = messageOf(cause);
    const message = `${node.path}: the path of its output cannot be checked: ${fault}`;
    throw new GraphError('unverifiable-output', message, node.path, cause);
  }
}

function verifyInputAddressed(
  node: DerivationNode,
  inputs: HashedInputs | undefined,
  sha256: Sha256,
): void {
  if (inputs === undefined) {
    throw mismatch(
      node.path,
      'it has output paths, although an input is not known before it is built',
    );
  }
  const masked = maskedHash(sha256, node.text, inputs);
  for (const output of node.text.outputs) {
    const storeDir = storeDirOf(node.path);
    compareOutput(
      node,
      output,
      inputAddressedPath(sha256, storeDir, node.name, output.name, masked),
    );
  }
}

function compareOutput(node: DerivationNode, output: DerivationOutput, computed: StorePath): void {
  if (output.path !== computed) {
    throw mismatch(
      node.path,
      `its output '${output.name}' claims ${output.path}, and hashes to ${computed}`,
    );
  }
  const variable = recipeVariable(node.text.recipe, output.name);
  if (variable !== undefined && variable !== computed) {
    throw mismatch(
      node.path,
      `its variable '${output.name}' is '${displayText(variable)}', and not ${computed}`,
    );
  }
}

function lacksOutput(path: StorePath, input: StorePath, output: OutputName): GraphError {
  const message = `${path} wants the output '${output}' of ${input}, which has no such output`;
  return new GraphError('corrupt-derivation', message, path);
}

function mismatch(path: StorePath, fault: string): GraphError {
  return new GraphError(
    'path-mismatch',
    `${path} is not what it claims to be: ${fault}. Instantiate it again, or find out who changed it`,
    path,
  );
}
