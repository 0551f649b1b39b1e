import { type HashModulo, hashModulo, printHashedInputs } from '@dispatch/nix/hash-modulo';
import type { Sha256 } from '@dispatch/nix/make-store-path';
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

/**
 * Hash modulos that are computed when they are asked for. For a graph whose paths somebody else
 * verifies at the same time: rewriting asks for few of them.
 */
export class HashModulosOnDemand implements HashModulos {
  readonly #graph: DerivationGraph;
  readonly #sha256: Sha256;
  readonly #known: (HashModulo | undefined)[] = [];

  constructor(graph: DerivationGraph, sha256: Sha256) {
    this.#graph = graph;
    this.#sha256 = sha256;
  }

  at(place: number): HashModulo {
    // Without recursion, since graphs may be deeper than the stack.
    const open = [place];
    for (let next = open.at(-1); next !== undefined; next = open.at(-1)) {
      const unknown = this.#known[next] === undefined ? this.#unknownInputs(next) : [];
      if (unknown.length > 0) {
        open.push(...unknown);
        continue;
      }
      open.pop();
      this.#known[next] ??= this.#compute(next);
    }
    return new KnownHashModulos(this.#known).at(place);
  }

  #unknownInputs(place: number): number[] {
    const node = this.#graph.nodes[place];
    if (node?.kind !== 'input-addressed') return [];
    const inputs = this.#graph.inputsAt(place).slice(0, node.text.inputDrvs.length);
    return inputs.filter((input) => this.#known[input] === undefined);
  }

  #compute(place: number): HashModulo {
    const node = this.#graph.nodes[place];
    if (node === undefined) throw new RangeError(`the graph has nothing at ${place}`);
    const inputs =
      node.kind === 'input-addressed'
        ? hashedInputsAt(this.#graph, place, new KnownHashModulos(this.#known))
        : undefined;
    return hashModulo(this.#sha256, node.kind, node.text, inputs);
  }
}

/** The inputs of the derivation at a place as they are hashed (see `printHashedInputs`). */
export function hashedInputsAt(
  graph: DerivationGraph,
  place: number,
  modulos: HashModulos,
): string | undefined {
  const node = graph.nodes[place];
  if (node === undefined || node.isDynamic) return undefined;
  const inputs = graph.inputsAt(place);
  return printHashedInputs(node.text.inputDrvs, (index) => modulos.at(inputs[index] ?? -1));
}
