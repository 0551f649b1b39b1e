import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { Identity } from '@dispatch/ledger/identity';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { GivenGraph } from '../read/read-graph.ts';

/** The derivation that something in a person's hand belongs to. */
export type Subject = ReadSubject | RecordedSubject;

interface SubjectNames {
  /** What the person named, in their own words. */
  readonly word: string;
  /** What it led to in the store: a derivation or an output. */
  readonly path: StorePath;
  readonly name: string;
  /** As Nix evaluated it, before any serial. */
  readonly identity: Identity;
}

/** Its `.drv` file, and all below it, could be read. */
export interface ReadSubject extends SubjectNames {
  readonly from: 'derivation';
  /** The form in hand. */
  readonly drvPath: StorePath;
  readonly graph: GivenGraph;
  readonly original: DerivationNode;
  /** The serial that the form in hand carries itself; 0 for none. */
  readonly carried: number;
}

/** Its `.drv` file is gone, and an earlier run remembers it. */
export interface RecordedSubject extends SubjectNames {
  readonly from: 'run';
  readonly step: StepIdentity;
  /** 0 for what Nix evaluated; undefined for a rewritten form, which no longer tells its serial. */
  readonly carried: 0 | undefined;
}
