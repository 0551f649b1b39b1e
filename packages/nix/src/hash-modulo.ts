import type { DerivationText } from './aterm/derivation-text.ts';
import { printInput, printOutputs, printStrings } from './aterm/print.ts';
import { recipeWithOutputPaths } from './aterm/recipe-bytes.ts';
import { type ByteString, type Bytes, joinBytes } from './byte-string.ts';
import type {
  DerivationKind,
  DerivationOutput,
  InputDerivation,
  OutputName,
} from './derivation.ts';
import type { Sha256 } from './make-store-path.ts';
import type { StorePath } from './store-path.ts';

/**
 * What a derivation counts as in the hashes of those that depend on it (Nix's
 * `hashDerivationModulo`): `recipe` is a hash of its recipe; `fixed`, for a fixed-output
 * derivation, is a hash of its content only, so that how it is fetched does not matter; `deferred`
 * means that an output path is not known yet.
 */
export type HashModulo =
  | { readonly kind: 'recipe'; readonly hex: string }
  | { readonly kind: 'fixed'; readonly hex: string }
  | { readonly kind: 'deferred' };

const deferred: HashModulo = { kind: 'deferred' };

/**
 * The hash modulo of a derivation whose output paths are final. `inputs` are its inputs as
 * `printHashedInputs` gives them; undefined when a path below is not known yet.
 */
export function hashModulo(
  sha256: Sha256,
  kind: DerivationKind,
  { outputs, recipe }: DerivationText,
  inputs: HashedInputs | undefined,
): HashModulo {
  if (kind === 'fixed') return { kind: 'fixed', hex: fixedHash(sha256, outputs[0]) };
  if (kind !== 'input-addressed' || inputs === undefined) return deferred;
  return { kind: 'recipe', hex: sha256('Derive(', printOutputs(outputs), inputs, recipe.bytes) };
}

/**
 * The hash that a derivation's own output paths are made from: as `hashModulo`, but with the output
 * paths left empty in the outputs and in the environment, and nowhere else.
 */
export function maskedHash(
  sha256: Sha256,
  { outputs, recipe }: DerivationText,
  inputs: HashedInputs,
): string {
  const masked = outputs.map(({ name }) => maskedOutput(name));
  const pieces = recipeWithOutputPaths(recipe, masked);
  return sha256('Derive(', printOutputs(masked), inputs, ...asArguments(pieces));
}

/** The pieces as arguments for one call; joined when they are too many for that, which is rare. */
function asArguments(pieces: readonly Bytes[]): readonly Bytes[] {
  return pieces.length > 1000 ? [joinBytes(pieces)] : pieces;
}

function maskedOutput(name: OutputName): DerivationOutput {
  return { name, path: '', hashAlgo: '', hash: '' };
}

/** The text between the outputs and the recipe of a derivation that is hashed modulo its inputs. */
export type HashedInputs = ByteString;

interface HashedInput {
  readonly hex: string;
  readonly outputs: readonly OutputName[];
}

/**
 * Prints the inputs of a derivation as they are hashed: the path of each input derivation is
 * replaced by its hash modulo, and the list is sorted by these. Inputs that differ only in how
 * something is fetched have the same hash, and their outputs are merged. An input of which no
 * output is wanted is left out. Undefined when a path below is not known yet, so that none can be
 * computed here either. `moduloAt` gives the hash modulo of the input derivation at an index, which
 * was computed before.
 */
export function printHashedInputs(
  inputDrvs: readonly InputDerivation[],
  inputSrcs: readonly StorePath[],
  moduloAt: (index: number) => HashModulo,
): HashedInputs | undefined {
  const hashed: HashedInput[] = [];
  for (const [index, input] of inputDrvs.entries()) {
    const modulo = moduloAt(index);
    if (modulo.kind === 'deferred') return undefined;
    // Nix notes a hash for each wanted output: an input of which none is wanted leaves no trace.
    if (input.outputs.length === 0) continue;
    hashed.push({ hex: modulo.hex, outputs: modulo.kind === 'fixed' ? onlyOut : input.outputs });
  }
  const entries = merged(hashed).map(({ hex, outputs }) => printInput(hex, outputs));
  return `,[${entries.join(',')}],${printStrings(inputSrcs)},`;
}

function merged(inputs: HashedInput[]): readonly HashedInput[] {
  inputs.sort((a, b) => (a.hex < b.hex ? -1 : 1));
  const isTwice = inputs.some(({ hex }, index) => hex === inputs[index + 1]?.hex);
  if (!isTwice) return inputs;
  const byHash = new Map<string, readonly OutputName[]>();
  for (const { hex, outputs } of inputs) {
    const known = byHash.get(hex);
    byHash.set(hex, known === undefined ? outputs : mergeSorted(known, outputs));
  }
  return Array.from(byHash, ([hex, outputs]) => ({ hex, outputs }));
}

const onlyOut: readonly OutputName[] = ['out'];

function mergeSorted(a: readonly OutputName[], b: readonly OutputName[]): OutputName[] {
  return [...new Set([...a, ...b])].toSorted();
}

function fixedHash(sha256: Sha256, output: DerivationOutput | undefined): string {
  if (output === undefined) throw new TypeError('a fixed-output derivation has one output');
  return sha256(`fixed:out:${output.hashAlgo}:${output.hash}:${output.path}`);
}
