/** What one package is and may use. */
export interface Layer {
  /** Packages of ours below it. */
  readonly uses: readonly string[];
  /** A pure package has no I/O, clock or randomness, and only these packages from elsewhere. */
  readonly pure?: { readonly libraries: readonly string[] };
}

/**
 * From the bottom up: a package may import only packages above it in this list, and of these only those that it
 * names.
 */
export const layers: Readonly<Record<string, Layer>> = {
  'packages/nix': { uses: [], pure: { libraries: ['@noble/hashes'] } },
  'packages/graph': { uses: ['nix'], pure: { libraries: [] } },
  'packages/scheduler': { uses: ['nix'], pure: { libraries: [] } },
  'packages/protocol': { uses: ['nix'] },
  'packages/ledger': { uses: ['nix'] },
  'packages/rendezvous': { uses: ['nix'] },
  'packages/builders': { uses: ['nix', 'protocol'] },
  'packages/engine': {
    uses: ['nix', 'graph', 'scheduler', 'protocol', 'ledger', 'rendezvous', 'builders'],
  },
  'services/coordinator': { uses: ['nix', 'scheduler', 'ledger', 'builders', 'engine'] },
  'services/cli': {
    uses: [
      'nix',
      'graph',
      'scheduler',
      'protocol',
      'ledger',
      'rendezvous',
      'builders',
      'engine',
      'coordinator',
    ],
  },
};
