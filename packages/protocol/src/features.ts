import type { ProtocolVersion } from './protocol-version.ts';

/**
 * Features of protocol 1.38 that are spoken here. Each changes the layout of operations once both
 * sides have named it, whatever the version: `realisation-with-path-not-hash` (Nix 2.35) names
 * outputs by the path of their derivation where they were named by its hash.
 */
export const spokenFeatures = ['realisation-with-path-not-hash'] as const;

export type Feature = (typeof spokenFeatures)[number];

/** What two peers have agreed on: all layouts follow from it. */
export interface Dialect {
  readonly version: ProtocolVersion;
  /** The features that both know; none before 1.38. */
  readonly features: ReadonlySet<Feature>;
}

/** The features among those named by a peer that are spoken here. */
export function commonFeatures(named: readonly string[]): ReadonlySet<Feature> {
  return new Set(spokenFeatures.filter((feature) => named.includes(feature)));
}
