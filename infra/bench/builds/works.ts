/** What is to be built; evaluated with another salt, it is the same work with new derivations. */
export interface Work {
  readonly name: string;
  readonly derivations: number;
  readonly isChain: boolean;
  expression(salt: string): string;
}

const trivial = 'system = builtins.currentSystem; builder = "/bin/sh";';

/** Derivations that need nothing of each other. */
export function independent(count: number): Work {
  return {
    name: `${count} independent`,
    derivations: count,
    isChain: false,
    expression: (salt) => `builtins.genList (i: derivation {
      name = "trivial-\${toString i}"; ${trivial}
      args = [ "-c" "echo ${salt} \${toString i} > $out" ]; }) ${count}`,
  };
}

/** Derivations of which each reads the one before; only the last is wanted. */
export function chain(count: number): Work {
  return {
    name: `chain of ${count}`,
    derivations: count,
    isChain: true,
    expression: (salt) => `builtins.foldl' (before: i: derivation {
      name = "link-\${toString i}"; inherit before; ${trivial}
      args = [ "-c" "echo ${salt} \${toString i} $before > $out" ]; }) ""
      (builtins.genList (i: i) ${count})`,
  };
}
