import { type HashModulo, hashModulo, printHashedInputs } from '@dispatch/nix/hash-modulo';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';
import type { DerivationNode } from './derivation-node.ts';
import { GraphError } from './errors.ts';

/** The hash modulo of each derivation of a graph. */
export interface HashModulos {
  get(path: StorePath): HashModulo | undefined;
}

/** The hash modulo of an input, which is there because inputs come first. */
export function knownModulo(modulos: HashModulos, path: StorePath): HashModulo {
  const modulo = modulos.get(path);
  if (modulo === undefined) throw new GraphError('incomplete-closure', `${path} is missing`, path);
  return modulo;
}

/**
 * Hash modulos that are computed when they are asked for. For a graph whose paths somebody else
 * verifies at the same time: rewriting asks for few of them.
 */
export class HashModulosOnDemand implements HashModulos {
  readonly #graph: DerivationGraph;
  readonly #sha256: Sha256;
  readonly #known = new Map<StorePath, HashModulo>();

  constructor(graph: DerivationGraph, sha256: Sha256) {
    this.#graph = graph;
    this.#sha256 = sha256;
  }

  get(path: StorePath): HashModulo | undefined {
    const node = this.#graph.get(path);
    if (node === undefined) return undefined;
    // Without recursion, since graphs may be deeper than the stack.
    const open = [node];
    for (let next = open.at(-1); next !== undefined; next = open.at(-1)) {
      const missing = this.#known.has(next.path) ? [] : this.#unknownInputs(next);
      if (missing.length > 0) {
        open.push(...missing);
        continue;
      }
      open.pop();
      if (!this.#known.has(next.path)) this.#known.set(next.path, this.#compute(next));
    }
    return this.#known.get(path);
  }

  #unknownInputs(node: DerivationNode): DerivationNode[] {
    if (node.kind !== 'input-addressed') return [];
    const unknown: DerivationNode[] = [];
    for (const { path } of node.text.inputDrvs) {
      const input = this.#known.has(path) ? undefined : this.#graph.get(path);
      if (input !== undefined) unknown.push(input);
    }
    return unknown;
  }

  #compute(node: DerivationNode): HashModulo {
    const inputs =
      node.kind === 'input-addressed'
        ? printHashedInputs(node.text, (path) => knownModulo(this.#known, path))
        : undefined;
    return hashModulo(this.#sha256, node.kind, node.text, inputs);
  }
}
