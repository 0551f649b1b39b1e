import type { DerivationText } from './aterm/derivation-text.ts';
import { printHeadWithInputs, printInput } from './aterm/print.ts';
import { recipeWithOutputPaths } from './aterm/recipe-text.ts';
import type { ByteString } from './byte-string.ts';
import {
  type DerivationKind,
  type DerivationOutput,
  type InputDerivation,
  type OutputName,
} from './derivation.ts';
import type { Sha256 } from './make-store-path.ts';

/**
 * What a derivation counts as in the hashes of those that depend on it (Nix's
 * `hashDerivationModulo`): a recipe's hash; for a fixed-output one a hash of its content only, so
 * that how it is fetched does not matter; or that no path is known yet.
 */
export type HashModulo =
  | { readonly kind: 'recipe'; readonly hex: string }
  | { readonly kind: 'fixed'; readonly hex: string }
  | { readonly kind: 'deferred' };

const deferred: HashModulo = { kind: 'deferred' };

/** The hash modulo of a derivation whose output paths are final. */
export function hashModulo(
  sha256: Sha256,
  kind: DerivationKind,
  derivation: DerivationText,
  inputs: ByteString | undefined,
): HashModulo {
  if (kind === 'fixed') return { kind: 'fixed', hex: fixedHash(sha256, derivation.outputs[0]) };
  if (kind !== 'input-addressed' || inputs === undefined) return deferred;
  const { outputs, inputSrcs, recipe } = derivation;
  const head = printHeadWithInputs(outputs, inputs, inputSrcs);
  return { kind: 'recipe', hex: sha256(head, recipe.text) };
}

/**
 * The hash that a derivation's own output paths are made from: as the above, with the output paths
 * left empty in the outputs and in the environment, nowhere else.
 */
export function maskedHash(sha256: Sha256, derivation: DerivationText, inputs: ByteString): string {
  const outputs = derivation.outputs.map(({ name }) => maskedOutput(name));
  const head = printHeadWithInputs(outputs, inputs, derivation.inputSrcs);
  return sha256(head, ...recipeWithOutputPaths(derivation.recipe, outputs));
}

function maskedOutput(name: OutputName): DerivationOutput {
  return { name, path: '', hashAlgo: '', hash: '' };
}

/**
 * The input derivations as they are hashed: each path replaced by its hash modulo, sorted by that.
 * Two inputs that only differ in how something is fetched fall on one hash; their outputs are merged.
 * Undefined when a path below is not known yet, so that none can be computed here either. `moduloAt`
 * gives what was computed before for the input at an index.
 */
export function printHashedInputs(
  inputs: readonly InputDerivation[],
  moduloAt: (index: number) => HashModulo,
): ByteString | undefined {
  const wanted = new Map<string, readonly OutputName[]>();
  for (const [index, input] of inputs.entries()) {
    const modulo = moduloAt(index);
    if (modulo.kind === 'deferred') return undefined;
    const outputs = modulo.kind === 'fixed' ? onlyOut : input.outputs;
    const known = wanted.get(modulo.hex);
    wanted.set(modulo.hex, known === undefined ? outputs : mergeSorted(known, outputs));
  }
  const entries = [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([hex, outputs]) => printInput(hex, outputs)).join(',');
}

const onlyOut: readonly OutputName[] = ['out'];

function mergeSorted(a: readonly OutputName[], b: readonly OutputName[]): OutputName[] {
  return [...new Set([...a, ...b])].toSorted();
}

function fixedHash(sha256: Sha256, output: DerivationOutput | undefined): string {
  if (output === undefined) throw new TypeError('a fixed-output derivation has one output');
  return sha256(`fixed:out:${output.hashAlgo}:${output.hash}:${output.path}`);
}
