import {
  type DerivationText,
  type KnownInputs,
  readDerivationText,
} from '@dispatch/nix/aterm/derivation-text';
import { type DerivationKind, derivationKind, isDynamic } from '@dispatch/nix/derivation';
import { messageOf } from '@dispatch/nix/message-of';
import {
  derivationName,
  isDerivationPath,
  isStorePath,
  type StorePath,
  storeDirOf,
} from '@dispatch/nix/store-path';
import { GraphError } from './errors.ts';

/** A `.drv` file as it was found. */
export interface DerivationFile {
  readonly path: StorePath;
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes in hexadecimal, computed by whoever read the bytes. */
  readonly contentHash: string;
}

/** One derivation of a graph. */
export interface DerivationNode {
  readonly path: StorePath;
  readonly name: string;
  readonly kind: DerivationKind;
  readonly isDynamic: boolean;
  readonly text: DerivationText;
  readonly contentHash: string;
}

/**
 * Reads a `.drv` file as a node, except for its recipe, which `assertRecipe` reads. Throws
 * `corrupt-derivation` with the path, and the position in the file. `known` is shared by the calls
 * that read one graph (see `KnownInputs`).
 */
export function readNode(file: DerivationFile, known?: KnownInputs): DerivationNode {
  const storeDir = storeDirOf(file.path);
  const text = readable(file.path, () => readDerivationText(file.bytes, storeDir, known));
  assertSameStore(file.path, text);
  const kind = derivationKind(text.outputs);
  if (kind === undefined) {
    throw new GraphError(
      'corrupt-derivation',
      `${file.path}: its outputs are of no kind that Nix knows, or of several`,
      file.path,
    );
  }
  return {
    path: file.path,
    name: derivationName(file.path),
    kind,
    isDynamic: isDynamic(text),
    text,
    contentHash: file.contentHash,
  };
}

/** Checks the recipe, which `readNode` leaves unread. Throws `corrupt-derivation` as that does. */
export function assertRecipe({ path, text }: Pick<DerivationNode, 'path' | 'text'>): void {
  readable(path, () => text.recipe.places);
}

function readable<T>(path: StorePath, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const fault = messageOf(cause);
    const message = `${path} is not a derivation as Nix writes it: ${fault}`;
    throw new GraphError('corrupt-derivation', message, path, cause);
  }
}

function assertSameStore(path: StorePath, text: DerivationText): void {
  const storeDir = storeDirOf(path);
  const foreign = text.outputs.find(
    (output) => output.path !== '' && !isStorePath(output.path, storeDir),
  );
  if (foreign === undefined) return;
  throw new GraphError(
    'path-mismatch',
    `${path}: its output '${foreign.name}' is ${foreign.path}, which is no path in ${storeDir}; ` +
      'instantiate it again for this store directory',
    path,
  );
}

/**
 * The derivations that must be in a graph with a node: its input derivations, and `.drv` files
 * among its sources (a derivation may mention the path of another's recipe).
 */
export function inputPaths(node: Pick<DerivationNode, 'text'>): StorePath[] {
  const paths = node.text.inputDrvs.map((input) => input.path);
  for (const source of node.text.inputSrcs) if (isDerivationPath(source)) paths.push(source);
  return paths;
}
