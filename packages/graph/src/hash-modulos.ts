import { type HashedInputs, type HashModulo, printHashedInputs } from '@dispatch/nix/hash-modulo';
import type { DerivationGraph } from './derivation-graph.ts';

/** The hash modulo of each derivation of a graph, by its place there. */
export interface HashModulos {
  at(place: number): HashModulo;
}

/**
 * Hash modulos that are computed already, or are added to the list in topological order, so that
 * those of inputs are there when they are needed.
 */
export class KnownHashModulos implements HashModulos {
  readonly #modulos: readonly (HashModulo | undefined)[];

  constructor(modulos: readonly (HashModulo | undefined)[]) {
    this.#modulos = modulos;
  }

  at(place: number): HashModulo {
    const modulo = this.#modulos[place];
    if (modulo === undefined) throw new RangeError(`no hash modulo was computed at ${place}`);
    return modulo;
  }
}

/**
 * The inputs of the derivation at a place as they are hashed (see `printHashedInputs`). Undefined
 * when an output path below is not known yet, and for a dynamic derivation.
 */
export function hashedInputsAt(
  graph: DerivationGraph,
  place: number,
  modulos: HashModulos,
): HashedInputs | undefined {
  const node = graph.nodes[place];
  if (node === undefined || node.isDynamic) return undefined;
  const inputs = graph.inputsAt(place);
  const { inputDrvs, inputSrcs } = node.text;
  return printHashedInputs(inputDrvs, inputSrcs, (index) => modulos.at(inputs[index] ?? -1));
}
