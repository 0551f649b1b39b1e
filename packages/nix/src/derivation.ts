import type { ByteString } from './byte-string.ts';
import type { StorePath } from './store-path.ts';

/** `out`, `dev`, `man`, … */
export type OutputName = string;

/**
 * One output as the three strings that a `.drv` file and the wire hold for it. Their combination
 * says of which kind the derivation is: see `derivationKind`.
 */
export interface DerivationOutput {
  readonly name: OutputName;
  /** Full store path, or empty when it is not known before the build. */
  readonly path: ByteString;
  /** `sha256`, `r:sha256`, `text:sha256`, `git:sha1`, …, or empty. */
  readonly hashAlgo: ByteString;
  /** Digest in lower-case hexadecimal, `impure`, or empty. */
  readonly hash: ByteString;
}

/** Outputs of a derivation that is itself an output: dynamic derivations, nested to any depth. */
export interface DynamicOutput {
  readonly output: OutputName;
  readonly outputs: readonly OutputName[];
  readonly dynamic: readonly DynamicOutput[];
}

/** A derivation whose outputs are wanted as inputs. */
export interface InputDerivation {
  readonly path: StorePath;
  /** Sorted by bytes. */
  readonly outputs: readonly OutputName[];
  /** Empty except in dynamic derivations. */
  readonly dynamic: readonly DynamicOutput[];
}

export type EnvironmentEntry = readonly [key: ByteString, value: ByteString];

/** A build recipe, as it stands in a `.drv` file. Its name is in the file's name, not in here. */
export interface Derivation {
  /** Sorted by name. */
  readonly outputs: readonly DerivationOutput[];
  /** Sorted by path. */
  readonly inputDrvs: readonly InputDerivation[];
  /** Sorted. */
  readonly inputSrcs: readonly StorePath[];
  readonly system: ByteString;
  readonly builder: ByteString;
  readonly args: readonly ByteString[];
  /** Sorted by key. */
  readonly env: readonly EnvironmentEntry[];
}

/**
 * A derivation with its inputs resolved to store paths: what `BuildDerivation` sends. The name is
 * not part of it; the daemon takes it from the drv path that is sent beside it.
 */
export interface BasicDerivation {
  readonly outputs: readonly DerivationOutput[];
  readonly inputSrcs: readonly StorePath[];
  readonly system: ByteString;
  readonly builder: ByteString;
  readonly args: readonly ByteString[];
  readonly env: readonly EnvironmentEntry[];
}

/**
 * - `input-addressed`: output paths are hashes of the recipe;
 * - `fixed`: the output's content hash is declared, and its path depends only on that and the name;
 * - `floating`: content-addressed, the path is known only after the build;
 * - `deferred`: input-addressed, but below a floating one, so that no path is known yet;
 * - `impure`: floating, and never cached.
 */
export type DerivationKind = 'input-addressed' | 'fixed' | 'floating' | 'deferred' | 'impure';

/** The kind of one output, from its three strings; undefined when they do not fit together. */
function outputKind(output: DerivationOutput): DerivationKind | undefined {
  if (output.hashAlgo === '') {
    if (output.hash !== '') return undefined;
    return output.path === '' ? 'deferred' : 'input-addressed';
  }
  if (output.hash === 'impure') return output.path === '' ? 'impure' : undefined;
  if (output.hash === '') return output.path === '' ? 'floating' : undefined;
  return output.path === '' ? undefined : 'fixed';
}

/**
 * The kind of a derivation: that of all its outputs. Undefined when there are none, when they
 * differ, or when a fixed-output one has any output other than a single `out` (Nix allows none of
 * these).
 */
export function derivationKind(outputs: readonly DerivationOutput[]): DerivationKind | undefined {
  const first = outputs[0];
  if (first === undefined) return undefined;
  const kind = outputKind(first);
  if (outputs.some((output) => outputKind(output) !== kind)) return undefined;
  if (kind === 'fixed' && (outputs.length !== 1 || first.name !== 'out')) return undefined;
  return kind;
}

/** Whether an input is an output of a derivation that itself exists only once it is built. */
export function isDynamic(derivation: Pick<Derivation, 'inputDrvs'>): boolean {
  return derivation.inputDrvs.some((input) => input.dynamic.length > 0);
}
