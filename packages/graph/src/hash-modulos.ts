import { type HashedInputs, type HashModulo, printHashedInputs } from '@dispatch/nix/hash-modulo';
import type { DerivationGraph } from './derivation-graph.ts';

/** The hash modulo of each derivation of a graph, by its place there. */
export interface HashModulos {
  at(place: number): HashModulo;
}

/** Hash modulos that were all computed; inputs come first, so that those of inputs are there. */
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

/** The inputs of the derivation at a place as they are hashed (see `printHashedInputs`). */
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
